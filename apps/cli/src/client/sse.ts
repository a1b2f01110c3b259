/** One server-sent event; a comment has no data. */
export interface ServerEvent {
  readonly id: string | null;
  readonly data: string | null;
}

/** Reads a stream of server-sent events (HTML Living Standard, section 9.2.6), as far as ours uses it. */
export async function* serverEvents(stream: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) yield eventOf(block.split('\n'));
  }
}

function eventOf(lines: readonly string[]): ServerEvent {
  const field = (name: string): string | null => {
    const found = lines
      .filter((line) => line.startsWith(`${name}:`))
      .map((line) => line.slice(name.length + 1).trimStart());
    return found.length === 0 ? null : found.join('\n');
  };
  return { id: field('id'), data: field('data') };
}
