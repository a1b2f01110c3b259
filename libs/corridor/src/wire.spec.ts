import fc from 'fast-check';
import { freshEnvelope, honestCall } from '../test/house.ts';
import { decode, encode, MAX_MESSAGE_BYTES } from './wire.ts';

const text = (value: unknown): Uint8Array => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const echo = { v: 1, kind: 'echo', id: 'a', instance: 'b' };

describe('what is no message', () => {
  it.each([
    ['nothing', ''],
    ['no JSON', '{"v":1'],
    ['another version', { ...echo, v: 2 }],
    ['no kind', { ...echo, kind: undefined }],
    ['a kind that objects have', { ...echo, kind: 'constructor' }],
    ['a member too many', { ...echo, more: 1 }],
    ['a member too few', { v: 1, kind: 'echo', id: 'a' }],
    ['a member of another type', { ...echo, id: 1 }],
    ['a name without end', { ...echo, id: 'a'.repeat(1_000) }],
    ['half of a character', { ...echo, id: '\ud800' }],
    ['a list', [echo]],
  ])('%s', (_name, value) => {
    expect(decode(text(value))).toBeNull();
  });

  it('one that is too large', () => {
    expect(decode(Buffer.alloc(MAX_MESSAGE_BYTES + 1, ' '))).toBeNull();
  });

  it('any bytes at all', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => expect(decode(bytes)).toBeNull()));
  });
});

describe('a message', () => {
  it('reads as it was printed', () => {
    const call = honestCall(freshEnvelope('boot-1', { arguments: { name: 'Zoë "Ω" \u2028' } }));
    expect(decode(encode(call))).toEqual({ v: 1, ...call });
  });
});
