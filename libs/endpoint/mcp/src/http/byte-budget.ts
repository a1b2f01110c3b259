/** Bytes that one subject, and all together, may hold. */
export interface ByteCaps {
  readonly own: number;
  readonly all: number;
}

/** Counts bytes that are held in memory for requests, in all and by subject. */
export interface ByteBudget {
  /** Which cap has no room for further bytes; null where there is room. */
  lacks(subject: string, bytes: number): keyof ByteCaps | null;
  /** Counts further bytes, whether or not there is room; less than none for those that are free again. */
  count(subject: string, bytes: number): void;
}

export function createByteBudget({ own, all }: ByteCaps): ByteBudget {
  const bySubject = new Map<string, number>();
  let total = 0;

  return {
    lacks(subject, bytes) {
      if ((bySubject.get(subject) ?? 0) + bytes > own) return 'own';
      return total + bytes > all ? 'all' : null;
    },
    count(subject, bytes) {
      const held = (bySubject.get(subject) ?? 0) + bytes;
      total += bytes;
      if (held > 0) bySubject.set(subject, held);
      else bySubject.delete(subject);
    },
  };
}
