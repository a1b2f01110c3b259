import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sampleEnvelope } from '@sallyport/testing';
import { judge } from '@sallyport/pipeline';
import { dryRunTenants } from '@sallyport/tenants';
import { type Files, makeFiles, watching } from '../test/fixture.ts';
import { createEdges } from './active-config.ts';
import { guardsAt } from './station-guards.ts';

const parts = { register: { ...dryRunTenants(), list: () => [] } } as never;

describe('what endpoints need of a configuration', () => {
  let files: Files;
  beforeEach(() => (files = makeFiles()));
  afterEach(() => files.remove());

  async function edge(listen: string, users: string) {
    writeFileSync(join(dirname(files.file), 'users.yaml'), users);
    files.write({ listen, identity: { development: { users: 'users.yaml' } } });
    const answer = await createEdges(parts, watching())(await files.load());
    return answer.ok ? [] : answer.problems.map(({ message, hint }) => `${message} ${hint}`);
  }

  const ANN = 'users: [{ name: ann, tenant: shop, token: abcdef }]';

  it('refuses development users on an address that others reach', async () => {
    expect(await edge('0.0.0.0:8787', ANN)).toEqual([expect.stringContaining('listen on 127.0.0.1, or use issuers')]);
  });

  it('refuses users that can’t be read', async () => {
    expect(await edge('127.0.0.1:8787', 'users: []')).toHaveLength(1);
  });

  it('takes development users on this machine alone', async () => {
    expect(await edge('127.0.0.1:8787', ANN)).toEqual([]);
  });
});

describe('a station without a configuration', () => {
  it.each(['rate-limit', 'authorization'] as const)('%s denies every call', async (station) => {
    const { verdicts } = await judge(guardsAt(station, null), sampleEnvelope(), { observer: watching() });
    expect(verdicts[0]).toMatchObject({ effect: 'deny', reason: 'not_ready' });
  });
});
