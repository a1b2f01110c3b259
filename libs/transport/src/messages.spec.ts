import { MOST_ARGUMENT_BYTES } from '@sallyport/contracts';
import fc from 'fast-check';
import { freshEnvelope, honestCall } from '../test/fixture.ts';
import { decode, encode, MAX_MESSAGE_BYTES } from './messages.ts';

const text = (value: unknown): Uint8Array => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const loopback = { v: 1, kind: 'loopback', id: 'a', instance: 'b' };

describe('what is no message', () => {
  it.each([
    ['nothing', ''],
    ['no JSON', '{"v":1'],
    ['another version', { ...loopback, v: 2 }],
    ['no kind', { ...loopback, kind: undefined }],
    ['a kind that objects have', { ...loopback, kind: 'constructor' }],
    ['a member too many', { ...loopback, more: 1 }],
    ['a member too few', { v: 1, kind: 'loopback', id: 'a' }],
    ['a member of another type', { ...loopback, id: 1 }],
    ['a name without end', { ...loopback, id: 'a'.repeat(1_000) }],
    ['half of a character', { ...loopback, id: '\ud800' }],
    ['a list', [loopback]],
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
  it('holds the largest arguments, whatever quoting makes of them', () => {
    const text = '"'.repeat((MOST_ARGUMENT_BYTES - '{"text":""}'.length) / 2);
    const printed = encode(honestCall(freshEnvelope('boot-1', { arguments: { text } })));
    expect(printed.byteLength).toBeLessThan(MAX_MESSAGE_BYTES);
    expect(decode(printed)).not.toBeNull();
  });

  it('reads as it was printed', () => {
    const call = honestCall(freshEnvelope('boot-1', { arguments: { name: 'Zoë "Ω" \u2028' } }));
    expect(decode(encode(call))).toEqual({ v: 1, ...call });
  });
});
