/** Where a follower stands in each tenant's log: tenant to the last sequence that it has seen. */
export type FeedCursor = ReadonlyMap<string, number>;

/** `shop:412,other:3`: what a follower gives back as `Last-Event-ID`. */
export function printCursor(cursor: FeedCursor): string {
  return [...cursor].map(([tenant, sequence]) => `${encodeURIComponent(tenant)}:${sequence}`).join(',');
}

/** Reads a cursor back; null when it is not one. */
export function parseCursor(text: string): FeedCursor | null {
  const cursor = new Map<string, number>();
  for (const part of text.split(',')) {
    const [, name, digits] = /^([A-Za-z0-9%._~()!*'-]+):(\d{1,15})$/.exec(part) ?? [];
    const tenant = name === undefined ? null : decoded(name);
    if (tenant === null) return null;
    cursor.set(tenant, Number(digits));
  }
  return cursor;
}

function decoded(name: string): string | null {
  try {
    return decodeURIComponent(name);
  } catch {
    return null;
  }
}
