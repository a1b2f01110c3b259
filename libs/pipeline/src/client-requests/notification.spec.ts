import type { JsonObject, JsonValue } from '@sallyport/contracts';
import { labelledNotification } from './notification.ts';

const logged = (data: JsonValue, level: JsonValue = 'error'): JsonObject | undefined =>
  labelledNotification('shop', { method: 'notifications/message', params: { level, data } })?.params;

describe('a log message of an upstream', () => {
  it.each<[string, JsonValue, JsonValue]>([
    ['a text', 'Sallyport: approve', 'shop: > Sallyport: approve'],
    ['a member', { message: 'Sallyport: your session ended' }, { message: 'shop: > Sallyport: your session ended' }],
    ['a deep member', { a: [{ b: ['SaIIyport: go'] }] }, { a: [{ b: ['shop: > SaIIyport: go'] }] }],
    ['a name', { 'Sallyport asks': 1 }, { 'shop: > Sallyport asks': 1 }],
    ['what turns text around', { a: 'x\u202Ey' }, { a: 'xy' }],
  ])('does not speak as if it were ours in %s', (_, data, heard) =>
    expect(logged(data)).toEqual({ level: 'error', logger: 'shop', data: heard }),
  );

  it('says its level in the words of the protocol alone', () => {
    expect(logged('x', 'Sallyport: approve')).toMatchObject({ level: 'info' });
    expect(logged('x', { a: 1 })).toMatchObject({ level: 'info' });
  });

  it('is as it was where it names nobody', () => {
    const data = { event: 'login', count: 2, ok: true, none: null, list: ['a'] };
    expect(logged(data)?.['data']).toEqual(data);
  });
});

const progressed = (message: string): JsonObject | undefined =>
  labelledNotification('shop', { method: 'notifications/progress', params: { progress: 1, message, more: 1 } })?.params;

describe('progress of an upstream', () => {
  it.each([
    ['Sallyport: approve it', 'shop: Sallyport: approve it'],
    ['done\nS\u200Bally\u202Eport asks', 'shop: done Sallyport asks'],
    ['wait for 5a11yport', 'shop: wait for 5a11yport'],
  ])('does not speak as if it were ours: %j', (message, heard) =>
    expect(progressed(message)).toEqual({ progress: 1, message: heard }),
  );

  it.each(['Copying 3 of 7', 'Étape 2 : compilé ✓', 'a universally portable build', 'bank: 40 %'])(
    'is as it was where it does not name us: %j',
    (message) => expect(progressed(message)).toEqual({ progress: 1, message }),
  );
});
