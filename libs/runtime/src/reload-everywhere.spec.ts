import { type Config, type ConfigInput, type ReloadReport } from '@sallyport/contracts';
import type { ReloadRound } from '@sallyport/transport';
import { completeConfigSchema, guards, settingsOf } from '@sallyport/guards';
import type { ActiveConfig } from './active-config.ts';
import { reloadEverywhere, type ReloadParts } from './reload-everywhere.ts';

const configOf = (changes: Partial<ConfigInput> = {}): Config =>
  completeConfigSchema.parse({ upstreams: { orders: { url: 'http://orders.test/mcp' } }, ...changes });
const base = configOf();
const [policy, other] = ['A', 'B'].map((letter) => `sha256:${letter.repeat(43)}`) as [string, string];

/** An instance that has this configuration after a reload, which fails if `fails` says so. */
function fixtureWith(next: Config, fails?: 'before' | 'after'): ReloadParts['runtime'] {
  let config = base;
  const activeConfig = () => ({ loaded: { config }, active: { policies: { digest: policy } } });
  let current = activeConfig();
  return {
    boot: 'boot-1',
    activeConfig: () => current as ActiveConfig,
    async reload() {
      if (fails === 'before') throw new Error('no disk');
      config = next;
      current = activeConfig();
      if (fails === 'after') throw new Error('no journal');
      return [];
    },
  };
}

function reports(program: string, changes: Partial<ReloadReport> = {}): ReloadReport {
  return {
    program,
    instance: 'i',
    partitions: [0],
    settings: settingsOf(guards, base),
    policy,
    problems: [],
    ...changes,
  };
}

async function states(next: Config, round: ReloadRound) {
  const answer = await reloadEverywhere({ runtime: fixtureWith(next), started: base, others: async () => round });
  return answer.ok ? answer.programs.map(({ program, state }) => `${program} ${state}`) : [];
}

it('says of each program what came of it', async () => {
  const found = {
    reports: [
      reports('rate-limit', { settings: settingsOf(guards, configOf({ call_timeout: '3s' })) }),
      reports('authorization', { policy: other }),
      reports('confirmation', { problems: ['sallyport.yaml:1:1 unknown key'] }),
      reports('audit', { policy: null }),
    ],
    silent: ['rate-limit'],
  };
  expect(await states(base, found)).toEqual([
    'gateway reloaded',
    'rate-limit lags',
    'authorization lags',
    'confirmation failed',
    'audit reloaded',
    'rate-limit unreachable',
  ]);
});

it('says what counts after a restart only', async () => {
  const next = configOf({ listen: '127.0.0.1:1', public_url: 'https://mcp.test', approvals: { decide_within: '1s' } });
  const answer = await reloadEverywhere({ runtime: fixtureWith(next), started: base });
  expect(answer).toMatchObject({
    programs: [{ program: 'sallyport', state: 'reloaded' }],
    restart: ['listen', 'public_url', 'approvals.decide_within'],
  });
});

it('says that a reload was done in part', async () => {
  const answer = await reloadEverywhere({
    runtime: fixtureWith(configOf({ call_timeout: '3s' }), 'after'),
    started: base,
  });
  const problems = [expect.stringContaining('no journal')];
  expect(answer).toMatchObject({ ok: true, programs: [{ state: 'failed', problems }] });
  await expect(reloadEverywhere({ runtime: fixtureWith(base, 'before'), started: base })).rejects.toThrow('no disk');
});

it('has no other program read files that this one did not take, and says where they are wrong', async () => {
  const problem = { file: '/s.yaml', line: 3, column: 5, message: 'unknown key', hint: 'Take it out.' };
  const runtime = { ...fixtureWith(base), reload: async () => [problem] };
  const others = () => Promise.reject(new Error('the others were told'));
  expect(await reloadEverywhere({ runtime, started: base, others })).toEqual({
    ok: false,
    problems: [{ where: '/s.yaml:3:5', message: 'unknown key', hint: 'Take it out.' }],
  });
});

it('a program that names problems has failed, also where it lags', async () => {
  const late = reports('authorization', { policy: other, problems: ['all.cedar:1:1 no policy'] });
  expect(await states(base, { reports: [late], silent: [] })).toEqual(['gateway reloaded', 'authorization failed']);
});
