import { jest } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Servers, startServers } from '@sallyport/cluster';
import { admin, eventually } from '../../sallyport/test/harness/admin.ts';
import { callTool } from '../../sallyport/test/harness/raw-client.ts';
import { ANN } from '../../sallyport/test/harness/scratch.ts';
import { startScriptedUpstream } from '../../sallyport/test/harness/scripted-upstream.ts';
import { openScene, programOf, recorded, type Scene, troubles } from './harness/scene.ts';

jest.setTimeout(240_000);

const most = 3;
const limit = `limits:\n  - { id: few, per: [tenant], rate: ${most}/h, kind: use }\n`;
const someSeconds = 15_000;

describe('a limit that is new in the files', () => {
  let servers: Servers;
  let scene: Scene;
  /** The gateway's own file, and the one that all stations have. */
  let files: { readonly gateway: string; readonly stations: string };

  beforeAll(async () => {
    servers = await startServers();
    scene = await openScene({ servers, upstream: await startScriptedUpstream() });
    files = { gateway: join(scene.site.directory, 'gateway-0.yaml'), stations: scene.site.config };
  });
  afterAll(async () => {
    await scene?.close();
    await servers?.stop();
  });

  const call = async (): Promise<string> => {
    const { meta, error } = await callTool(scene.doors[0], ANN.token, ['up__run', {}]);
    return meta?.reason ?? error?.message ?? '';
  };
  const add = (file: string): void => writeFileSync(file, `${readFileSync(file, 'utf8')}${limit}`);
  const takeOut = (file: string): void => writeFileSync(file, readFileSync(file, 'utf8').replace(limit, ''));
  const reload = () => admin(scene.doors[0], scene.site.operatorToken, ['POST', '/reload']);

  it('at the gateway alone refuses every call, and the log and the record name who is behind', async () => {
    expect(await call()).toBe('allowed');
    add(files.gateway);
    await reload();
    const before = scene.upstream.calls.length;
    expect([await call(), await call()]).toEqual(Array(2).fill('configuration_mismatch'));
    expect(scene.upstream.calls.length).toBe(before);
    const audit = programOf(scene, 'audit');
    expect(await troubles(audit, 'configuration_mismatch')).toBeGreaterThanOrEqual(2);
    expect(audit.log()).toMatch(/guard limits: gateway has sha256:.*, rate-limit has sha256:.*; behind: rate-limit/);
    const [denied] = await recorded(async () => {
      const all = (await scene.recordOf('call.decided')).filter(({ data }) => data.reason === 'configuration_mismatch');
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
