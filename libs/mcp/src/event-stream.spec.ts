import fc from 'fast-check';
import { EventStream } from './event-stream.ts';

function read(bytes: Buffer, cuts: readonly number[], maxBytes = 1_000_000): string[] | null {
  const stream = new EventStream(maxBytes);
  const found: string[] = [];
  let from = 0;
  for (const cut of [...cuts, bytes.length].map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b)) {
    const events = stream.push(bytes.subarray(from, cut));
    if (events === null) return null;
    found.push(...events.map(({ data }) => data));
    from = cut;
  }
  return found;
}

describe('server-sent events', () => {
  it('with a line that is too long are refused', () => {
    expect(read(Buffer.from(`data: ${'x'.repeat(100)}\n\n`), [40, 80], 50)).toBeNull();
    expect(read(Buffer.from('data: x\n'.repeat(100)), [400], 50)).toBeNull();
  });

  it('without an end are not dispatched; comments, ids and empty events are skipped', () => {
    expect(
      read(Buffer.from(': hi\nid: 1\nretry: 5\ndata:\n\nevent: message\ndata:a\ndata: b\n\ndata: cut'), []),
    ).toEqual(['a\nb']);
  });

  it('are the same however their bytes are cut, and with each kind of line end', () => {
    const line = fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => JSON.stringify(text));
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 8 }),
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.array(fc.nat(300)),
        (lines, eol, cuts) => {
          const text = `\uFEFF${lines.map((data) => `data: ${data}${eol}${eol}`).join('')}`;
          expect(read(Buffer.from(text), cuts)).toEqual(lines);
        },
      ),
    );
  });
});
