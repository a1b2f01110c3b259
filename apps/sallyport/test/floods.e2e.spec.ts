import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pauseFor } from 'node:timers/promises';
import type { JsonObject } from '@sallyport/contracts';
import {
  admin,
  ANN,
  anyTool,
  BEN,
  callTool,
  eventually,
  faultsIn,
  json,
  recordedOf,
  send,
  serveScripted,
  trusted,
  type User,
} from '@sallyport/testing/harness';

const NOBODY: User = { name: 'nobody', tenant: 'acme', roles: [], token: 'dev-nobody-token' };
const POLICY = `@id("staff") permit (principal in Role::"staff", action, resource is Tool);`;
const CALLS = 2_000;
const BIG = 'x'.repeat(20_000);

/** Everything that an instance has on disk. */
function bytesIn(directory: string): number {
  return readdirSync(directory, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(directory, entry.name);
    return sum + (entry.isDirectory() ? bytesIn(path) : statSync(path).size);
  }, 0);
}

/** How many refusals events stand for. */
function refusalsIn(events: readonly { readonly data: object }[]): number {
  const counts = events.map(({ data }) => ('count' in data ? Number(data.count) : 1));
  return counts.reduce((sum, count) => sum + count, 0);
}

describe('a flood of refusals in the running product', () => {
  const served = serveScripted({
    tools: [anyTool('free')],
    users: [ANN, BEN, NOBODY],
    policies: { 'staff.cedar': POLICY },
    config: (url) => ({
      ...trusted(url),
      floods: { attempts: { rate: '1/s', burst: 1_000 } },
    }),
  });

  const inBursts = async (count: number, one: (at: number) => Promise<unknown>) => {
    for (let sent = 0; sent < count; sent += 50)
      await Promise.all(Array.from({ length: 50 }, (_, at) => one(sent + at)));
  };

  it('by somebody without any role is counted, not stored, and neither are names that the client makes up', async () => {
    const before = bytesIn(served.scratch.data);
    const reasons = new Map<string, number>();
    await inBursts(CALLS, async (at) => {
      const name = at % 2 ? 'up__free' : `up__made-up-${at}`;
      const { meta, status } = await callTool(served.sallyport, NOBODY.token, [name, { text: BIG, at }]);
      const reason = meta?.reason ?? (status === 429 ? 'not_read' : 'unknown_tool');
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    });
    expect(reasons.get('unknown_tool')).toBeGreaterThanOrEqual(1_000);
    expect(reasons.get('not_read')).toBeGreaterThan(900);
    // An attempt may have come back since the last one: then this takes it.
    let smalls = 0;
    const small = await eventually(async () => {
      smalls += 1;
      const answer = await callTool(served.sallyport, NOBODY.token, ['up__free', {}]);
      return answer.said.includes('floods.attempts') ? answer : null;
    });
    expect(small.meta?.decision).toBe('deny');
    expect(small.meta?.retryAfterMs).toBeGreaterThan(0);
    await eventually(() => {
      const decided = recordedOf(served.scratch.data, 'call.decided').length;
      const counted = refusalsIn(recordedOf(served.scratch.data, 'call.refusals_coalesced'));
      const unseen = refusalsIn(recordedOf(served.scratch.data, 'request.refused'));
      return decided + counted + unseen === CALLS + smalls ? { decided } : null;
    }, 20_000);
    // 40 MB came in.
    expect(bytesIn(served.scratch.data) - before).toBeLessThan(8_000_000);
  });

  it('of admin acts goes through the same attempts, and is counted', async () => {
    const statuses: number[] = [];
    await inBursts(
      200,
      async () => void statuses.push((await admin(served.sallyport, NOBODY.token, ['GET', '/status'])).status),
    );
    const refused = statuses.filter((status) => status === 403).length;
    expect(refused).toBeGreaterThanOrEqual(60);
    const events = await eventually(() => {
      const all = recordedOf(served.scratch.data, 'admin.acted');
      return refusalsIn(all) === refused ? all : null;
    }, 20_000);
    expect(events.length).toBeLessThan(20);
    expect(events.at(-1)?.data).toMatchObject({ act: 'status.read', allowed: false, reason: 'needs_role' });
  });

  it('holds up nobody else, and nobody whose calls are allowed', async () => {
    await inBursts(1_500, async () => {
      expect((await callTool(served.sallyport, ANN.token, ['up__free', {}])).meta?.decision).toBe('allow');
    });
    expect(recordedOf(served.scratch.data, 'call.completed').length).toBe(1_500);
  });

  it('of requests that are no calls is one event with the count', async () => {
    const headers = { authorization: `Bearer ${BEN.token}`, 'content-type': 'application/json' };
    await inBursts(600, async () => {
      expect((await send(served.sallyport, { headers, body: '{"a":1,"a":2}' })).status).toBe(400);
    });
    const events = await eventually(() => {
      const all = recordedOf(served.scratch.data, 'request.refused').filter(
        ({ data }) => data.reason === 'duplicate_key',
      );
      return refusalsIn(all) === 600 ? all : null;
    }, 20_000);
    expect(events.length).toBeLessThan(300);
  });

  it('leaves a sound record', () => expect(faultsIn(served.scratch.data)).toEqual([]));
});

describe('a flood that varies what is refused', () => {
  const STRICT = {
    inputSchema: { type: 'object', properties: { n: { type: 'integer' } }, additionalProperties: false },
  };
  const DEEP = `${'{"n":'.repeat(40)}1${'}'.repeat(40)}`;
  const faults: readonly (JsonObject | string)[] = [{ n: 'one' }, { __entity: 1 }, { n: BIG.repeat(4) }, DEEP];
  const bodies = ['{', '[]', '{"a":1,"a":1}', '{"jsonrpc":"2.0"}'];
  const TIMES = 1_200;

  const served = serveScripted({ tools: Array.from({ length: 12 }, (_, at) => anyTool(`t${at}`, STRICT)) });

  it('is a few events a second, by tool, argument, method and admin act, and none is lost when Sallyport stops', async () => {
    const { token } = ANN;
    const headers = { ...json, authorization: `Bearer ${token}` };
    const ways: readonly ((at: number) => Promise<unknown>)[] = [
      (at) => callTool(served.sallyport, token, [`up__t${at % 12}`, faults[at % 4] ?? {}]),
      (at) => callTool(served.sallyport, token, [`up__made_up_${at}`, {}]),
      (at) => send(served.sallyport, { headers, body: `{"jsonrpc":"2.0","id":1,"method":"made/up/${at}"}` }),
      (at) => send(served.sallyport, { headers, body: bodies[at % 4] ?? '' }),
      // Who asks too often is told to wait, and that is not recorded.
      async (at) =>
        (await admin(served.sallyport, token, ['GET', at % 2 ? '/status' : `/calls/${'0'.repeat(26)}`])).status !== 429,
    ];
    let refused = 0;
    const began = performance.now();
    for (let at = 0; at < TIMES; at += 40) {
      const sent = Array.from({ length: 40 }, (_, n) => ways[n % ways.length]?.(n + at));
      refused += (await Promise.all(sent)).filter((isRecorded) => isRecorded).length;
      await pauseFor(250);
    }
    await served.sallyport.stop();
    const events = [
      ...recordedOf(served.scratch.data, 'call.decided'),
      ...recordedOf(served.scratch.data, 'call.refusals_coalesced'),
      ...recordedOf(served.scratch.data, 'request.refused'),
      ...recordedOf(served.scratch.data, 'admin.acted'),
    ];
    expect(refusalsIn(events)).toBe(refused);
    // Of each recorder five a second are recorded one by one, and each kind as one event at each flush, however long that took.
    expect(events.length).toBeLessThan(60 + (25 * (performance.now() - began)) / 1_000);
    expect(events.length).toBeLessThan(refused / 2);
    expect(faultsIn(served.scratch.data)).toEqual([]);
  });
});
