import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { admin, eventually } from './harness/admin.ts';
import { callTool, send } from './harness/raw-client.ts';
import { faultsIn, recordedOf } from './harness/record.ts';
import { type RunningHouse, runHouse } from './harness/run-house.ts';
import { ANN, BEN, makeScratch, type Scratch, type User } from './harness/scratch.ts';
import { anyTool, type ScriptedUpstream, startScriptedUpstream } from './harness/scripted-upstream.ts';

const NOBODY: User = { name: 'nobody', tenant: 'acme', roles: [], token: 'dev-nobody-token' };
const POLICY = `@id("staff") permit (principal in Role::"staff", action, resource is Tool);`;
const CALLS = 2_000;
const BIG = 'x'.repeat(20_000);

/** Everything that a house has on disk. */
function bytesIn(directory: string): number {
  return readdirSync(directory, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(directory, entry.name);
    return sum + (entry.isDirectory() ? bytesIn(path) : statSync(path).size);
  }, 0);
}

describe('a flood of refusals in the running product', () => {
  let upstream: ScriptedUpstream;
  let scratch: Scratch;
  let house: RunningHouse;

  beforeAll(async () => {
    upstream = await startScriptedUpstream([anyTool('free')]);
    scratch = makeScratch({
      users: [ANN, BEN, NOBODY],
      policies: { 'staff.cedar': POLICY },
      config: {
        upstreams: { up: { url: upstream.url, definitions: 'trust_on_first_use' } },
        floods: { attempts: { rate: '1/s', burst: 1_000 } },
      },
    });
    house = await runHouse(scratch);
  });
  afterAll(async () => {
    await house.stop();
    await upstream.close();
    scratch.remove();
  });

  const inBursts = async (count: number, one: (at: number) => Promise<unknown>) => {
    for (let sent = 0; sent < count; sent += 50)
      await Promise.all(Array.from({ length: 50 }, (_, at) => one(sent + at)));
  };

  it('by somebody without any role is counted, not stored, and neither are names that the client makes up', async () => {
    const before = bytesIn(scratch.data);
    const reasons = new Map<string, number>();
    let last: unknown;
    await inBursts(CALLS, async (at) => {
      const name = at % 2 ? 'up__free' : `up__made-up-${at}`;
      const { meta, fault, said } = await callTool(house, NOBODY.token, [name, { text: BIG, at }]).then(
        (answer) => answer as typeof answer & { fault?: unknown },
      );
      const reason = meta?.reason ?? 'unknown_tool';
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      if (reason === 'too_many_attempts') last = { meta, said, fault };
    });
    expect(reasons.get('unknown_tool')).toBeGreaterThanOrEqual(1_000);
    expect(reasons.get('too_many_attempts')).toBeGreaterThan(900);
    expect(last).toMatchObject({ meta: { decision: 'deny' }, said: expect.stringContaining('floods.attempts') });
    expect((last as { meta: { retryAfterMs: number } }).meta.retryAfterMs).toBeGreaterThan(0);
    await eventually(() => {
      const decided = recordedOf(scratch.data, 'call.decided').length;
      const counted = recordedOf(scratch.data, 'call.refusals_coalesced').reduce(
        (sum, { data }) => sum + data.count,
        0,
      );
      const unseen = recordedOf(scratch.data, 'request.refused').reduce((sum, { data }) => sum + (data.count ?? 1), 0);
      return decided + counted + unseen === CALLS ? { decided } : null;
    });
    // 40 MB came in.
    expect(bytesIn(scratch.data) - before).toBeLessThan(8_000_000);
  });

  it('of admin acts goes through the same attempts, and is counted', async () => {
    const statuses: number[] = [];
    await inBursts(200, async () => void statuses.push((await admin(house, NOBODY.token, ['GET', '/status'])).status));
    const refused = statuses.filter((status) => status === 403).length;
    expect(refused).toBeGreaterThanOrEqual(60);
    const events = await eventually(() => {
      const all = recordedOf(scratch.data, 'admin.acted');
      return all.reduce((sum, { data }) => sum + (data.count ?? 1), 0) === refused ? all : null;
    });
    expect(events.length).toBeLessThan(20);
    expect(events.at(-1)?.data).toMatchObject({ act: 'status.read', allowed: false, reason: 'needs_role' });
  });

  it('holds up nobody else, and nobody whose calls are allowed', async () => {
    await inBursts(1_500, async () => {
      expect((await callTool(house, ANN.token, ['up__free', {}])).meta?.decision).toBe('allow');
    });
    expect(recordedOf(scratch.data, 'call.completed').length).toBe(1_500);
  });

  it('of requests that are no calls is one event with the count', async () => {
    const headers = { authorization: `Bearer ${BEN.token}`, 'content-type': 'application/json' };
    await inBursts(600, async () => {
      expect((await send(house, { headers, body: '{"a":1,"a":2}' })).status).toBe(400);
    });
    const events = await eventually(() => {
      const all = recordedOf(scratch.data, 'request.refused').filter(({ data }) => data.reason === 'duplicate_key');
      return all.reduce((sum, { data }) => sum + (data.count ?? 1), 0) === 600 ? all : null;
    });
    expect(events.length).toBeLessThan(300);
  });

  it('leaves a sound record', () => expect(faultsIn(scratch.data)).toEqual([]));
});
