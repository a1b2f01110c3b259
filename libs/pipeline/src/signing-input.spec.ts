import { createSecretKey } from 'node:crypto';
import { type Call, type Keys, toolTarget } from '@sallyport/contracts';
import { argumentsText, withDigest, hasDigest } from './signing-input.ts';

const keys: Pick<Keys, 'digestKey'> = { digestKey: (tenant) => createSecretKey(Buffer.alloc(32, tenant)) };
const made = (args: Call['arguments']): Call =>
  withDigest(keys, {
    callId: '01M8833VSR5ZT3HQHHGKFFHWAG',
    tenant: 'shop',
    gateway: { boot: 'boot', counter: 1 },
    subject: { id: 'alice', issuer: 'development', roles: [] },
    agent: { id: 'test', verified: false },
    session: null,
    flow: null,
    action: 'tools/call',
    upstream: 'orders',
    target: toolTarget('get_order'),
    definition: null,
    arguments: args,
    receivedAt: 0,
    deadline: 1_000,
    traceparent: null,
  });

describe('what a call states', () => {
  it('can no longer be changed after it was made, not even in place', () => {
    const args = { order: { id: '1', lines: [{ count: 1 }] } };
    const call = made(args);
    expect(() => (args.order.id = '2')).toThrow(TypeError);
    expect(() => Object.assign(args.order.lines[0] ?? {}, { count: 2 })).toThrow(TypeError);
    expect(() => Object.assign(call.target, { name: 'cancel_order' })).toThrow(TypeError);
    expect(() => Object.assign(call.subject, { id: 'bob' })).toThrow(TypeError);
    expect(() => Object.assign(call, { arguments: {} })).toThrow(TypeError);
    expect(argumentsText(call)).toBe('{"order":{"id":"1","lines":[{"count":1}]}}');
  });

  it('is not bound by its digest where a copy of it says something else', () => {
    const call = made({ id: '1' });
    expect(hasDigest(keys, { ...call, arguments: { id: '2' } }, call.digest)).toBe(false);
    expect(hasDigest(keys, { ...call, subject: { ...call.subject, id: 'bob' } }, call.digest)).toBe(false);
  });

  it('is not bound by the digest of another call, nor as a copy that says something else', () => {
    const call = made({ id: '1' });
    expect(hasDigest(keys, call, made({ id: '2' }).digest)).toBe(false);
    expect(hasDigest(keys, { ...call, target: toolTarget('cancel_order') }, call.digest)).toBe(false);
    expect(hasDigest(keys, { ...call, target: { kind: 'prompt', name: 'get_order' } }, call.digest)).toBe(false);
    expect(hasDigest(keys, { ...call, action: 'completion/complete' }, call.digest)).toBe(false);
    expect(hasDigest(keys, { ...call, tenant: 'bank' }, call.digest)).toBe(false);
  });

  it('is bound by its digest, as it was made or as a copy from elsewhere', () => {
    const call = made({ b: 1, a: '2' });
    expect(hasDigest(keys, call, call.digest)).toBe(true);
    expect(hasDigest(keys, structuredClone(call), call.digest)).toBe(true);
    expect(argumentsText(structuredClone(call))).toBe(argumentsText(call));
  });
});
