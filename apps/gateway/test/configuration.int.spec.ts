import { jest } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { incidents, openSetup, programOf, recorded, type Servers, type Setup, startServers } from '@sallyport/cluster';
import { admin, ANN, callTool, eventually, startScriptedUpstream } from '@sallyport/testing/harness';

jest.setTimeout(240_000);

const most = 3;
const limit = `limits:\n  - { id: few, per: [tenant], rate: ${most}/h, kind: use }\n`;
const someSeconds = 15_000;

describe('a limit that is new in the files', () => {
  let servers: Servers;
  let setup: Setup;
  /** The gateway's own file, and the one that all stations have. */
  let files: { readonly gateway: string; readonly stations: string };

  beforeAll(async () => {
    servers = await startServers();
    setup = await openSetup({ servers, upstream: await startScriptedUpstream() });
    files = { gateway: join(setup.site.directory, 'gateway-0.yaml'), stations: setup.site.config };
  });
  afterAll(async () => {
    await setup?.close();
    await servers?.stop();
  });

  const call = async (): Promise<string> => {
    const { meta, error } = await callTool(setup.endpoints[0], ANN.token, ['up__run', {}]);
    return meta?.reason ?? error?.message ?? '';
  };
  const add = (file: string): void => writeFileSync(file, `${readFileSync(file, 'utf8')}${limit}`);
  const takeOut = (file: string): void => writeFileSync(file, readFileSync(file, 'utf8').replace(limit, ''));
  /** What a reload says of each program. */
  const told = async () => {
    const { body } = await admin(setup.endpoints[0], setup.site.operatorToken, ['POST', '/reload']);
    const programs = body['programs'] as { program: string; state: string }[];
    return {
      reloaded: body['reloaded'],
      programs: programs.map(({ program, state }) => `${program} ${state}`).toSorted(),
    };
  };

  it('at the gateway alone refuses every call, and the log and the record name who is behind', async () => {
    expect(await call()).toBe('allowed');
    add(files.gateway);
    expect(await told()).toEqual({
      reloaded: false,
      programs: ['audit lags', 'authorization lags', 'confirmation lags', 'gateway reloaded', 'rate-limit lags'],
    });
    const before = setup.upstream.calls.length;
    expect([await call(), await call()]).toEqual(Array(2).fill('configuration_mismatch'));
    expect(setup.upstream.calls.length).toBe(before);
    const audit = programOf(setup, 'audit');
    expect(await incidents(audit, 'configuration_mismatch')).toBeGreaterThanOrEqual(2);
    expect(audit.log()).toMatch(/guard limits: gateway has sha256:.*, rate-limit has sha256:.*; behind: rate-limit/);
    const [denied] = await recorded(async () => {
      const all = (await setup.recordOf('call.decided')).filter(({ data }) => data.reason === 'configuration_mismatch');
      return all.length > 0 && all;
    });
    const detail = denied?.data.verdicts.find(({ effect }) => effect === 'deny')?.detail;
    expect(detail).toMatchObject({ guard: 'limits', behind: 'rate-limit, audit', audit: detail?.['rate-limit'] });
  });

  it('is enforced as soon as every program has it, without another word to them', async () => {
    add(files.stations);
    await eventually(async () => (await call()) === 'allowed', someSeconds);
    const answers = await Promise.all(Array.from({ length: most * 2 }, call));
    expect(answers.filter((one) => one === 'allowed')).toHaveLength(most - 1);
    expect(new Set(answers)).toEqual(new Set(['allowed', 'limit_exceeded']));
  });

  it('is what a reload says that every program has', async () => {
    const { reloaded, programs } = await told();
    expect([reloaded, programs.every((one) => one.endsWith(' reloaded')), programs.length]).toEqual([true, true, 5]);
  });

  it('is not taken by programs whose files are broken, and those that do not answer are named', async () => {
    const good = readFileSync(files.stations, 'utf8');
    const asleep = programOf(setup, 'confirmation');
    writeFileSync(files.stations, good.replace('limits:', 'limitz:'));
    asleep.signal('SIGSTOP');
    try {
      expect((await told()).programs).toEqual(
        [
          'authorization failed',
          'confirmation unreachable',
          'gateway reloaded',
          'rate-limit failed',
          'audit unreachable', // it is behind confirmation
        ].toSorted(),
      );
    } finally {
      asleep.signal('SIGCONT');
      writeFileSync(files.stations, good);
    }
    await eventually(async () => (await told()).reloaded === true, someSeconds);
  });

  it('counts no more once it is out of all files; no call is judged by both, whichever program is first', async () => {
    for (const file of [files.stations, files.gateway]) takeOut(file);
    const heard = new Set<string>();
    await eventually(async () => {
      const reason = await call();
      heard.add(reason);
      return reason === 'allowed';
    }, someSeconds);
    expect(['allowed', 'limit_exceeded', 'configuration_mismatch']).toEqual(expect.arrayContaining([...heard]));
    expect(await Promise.all(Array.from({ length: most * 2 }, call))).toEqual(Array(most * 2).fill('allowed'));
  });
});
