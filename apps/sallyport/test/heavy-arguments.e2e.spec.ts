import { ANN, anyTool, BEN, callTool, serveScripted, trusted } from '@sallyport/testing/harness';

const many = (count: number, one: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => one(at)).join();

/** JSON text of arguments that come close to a megabyte, or to the 512 KiB that are let through. */
const heavy: readonly (readonly [string, string])[] = [
  ['characters that become many', `{"id":"${'\ufdfa'.repeat(320_000)}"}`],
  ['members', `{"id":{${many(90_000, (at) => `"k${at}":1`)}}}`],
  ['arguments', `{${many(80_000, (at) => `"k${at}":1`)}}`],
  ['names', `{"id":[${many(90_000, (at) => `"o${at}"`)}]}`],
  ['fewer names', `{"id":[${many(30_000, (at) => `"o${at}"`)}]}`],
  ['names in one text', `{"id":"${'a,'.repeat(490_000)}"}`],
  ['levels', `{"id":${'['.repeat(400_000)}${']'.repeat(400_000)}}`],
  ['allowed levels', `{"id":${'['.repeat(60)}${many(200_000, () => '1')}${']'.repeat(60)}}`],
  ['backslashes', `{"id":"${'\\\\'.repeat(490_000)}"}`],
  ['encoded characters', `{"id":"${'%2a'.repeat(320_000)}"}`],
  ['escapes', `{"id":"${'\\u0061'.repeat(160_000)}"}`],
  ['wildcards below a long name', `{"${'k'.repeat(500_000)}":[${many(32_000, () => '"*"')}]}`],
  ['wildcards below a name within limits', `{"${'k'.repeat(32_000)}":[${many(8_000, () => '"*"')}]}`],
  ['empty lists within limits', `{"id":[${many(32_000, () => '[]')}]}`],
  ['many characters within limits', `{"id":[${many(32_000, () => '"\ufdfa\ufdfa"')}]}`],
  ['numbers', `{"id":[${many(30_000, () => '0.1234567890123456789')}]}`],
];

describe('arguments that were made to be slow', () => {
  const served = serveScripted({
    tools: [anyTool('run'), anyTool('cancel')],
    config: (url) => ({
      ...trusted(url, { tools: { cancel: { effect: 'write', resources: [{ argument: '/id', type: 'Order' }] } } }),
      floods: { attempts: { rate: '1/s', burst: 2_000 } },
    }),
  });

  it.each(heavy)('%s are refused, and another client is served meanwhile', async (_, args) => {
    let refused = false;
    const slow = Promise.all(
      Array.from({ length: 5 }, () => callTool(served.sallyport, BEN.token, ['up__cancel', args])),
    ).finally(() => (refused = true));
    let longest = 0;
    do {
      const started = performance.now();
      expect((await callTool(served.sallyport, ANN.token, ['up__run', {}])).meta?.reason).toBe('allowed');
      longest = Math.max(longest, performance.now() - started);
    } while (!refused);
    for (const { error, meta } of await slow) expect(error ?? meta?.decision).not.toBe('allow');
    // What took seconds for each of the five, and minutes for some, takes tenths on a machine that does much else.
    expect(longest).toBeLessThan(3_000);
    expect(served.upstream.calls.filter(({ tool }) => tool === 'cancel')).toEqual([]);
  });

  it('are no longer read where they come again and again, and small ones of the same subject are', async () => {
    const args = `{"id":"${'x'.repeat(1_000_000)}"}`;
    let last = await callTool(served.sallyport, BEN.token, ['up__cancel', args]);
    for (let time = 0; time < 200 && last.status !== 429; time++)
      last = await callTool(served.sallyport, BEN.token, ['up__cancel', args]);
    expect(last).toMatchObject({ status: 429, error: { message: expect.stringContaining('floods.attempts') } });
    expect((await callTool(served.sallyport, BEN.token, ['up__run', {}])).meta?.decision).toBe('allow');
  });
});
