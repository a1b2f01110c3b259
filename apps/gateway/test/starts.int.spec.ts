import { jest } from '@jest/globals';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  makeSite,
  runCluster,
  type Servers,
  type Service,
  type Shape,
  type Site,
  type SiteParts,
  sharedServers,
} from '@sallyport/cluster';
import { startPostgres } from '@sallyport/testing';
import { Client } from 'pg';
import { parse, stringify } from 'yaml';
import { makeScratch, type Scratch } from '@sallyport/testing/harness';

jest.setTimeout(240_000);

const nobody: Shape = { gateway: 0, 'rate-limit': 0, authorization: 0, confirmation: 0, audit: 0 };
/** One of each way to start: the stations share theirs. */
const ways: readonly Service[] = ['gateway', 'rate-limit', 'audit'];

let servers: Servers;
const scratches: Scratch[] = [];
beforeAll(async () => {
  servers = await sharedServers();
});
afterAll(async () => {
  await servers?.stop();
  for (const scratch of scratches) scratch.remove();
});

function kept(scratch: Scratch): Scratch {
  scratches.push(scratch);
  return scratch;
}

/** Services that are set up but not running. */
async function setUp(cluster: SiteParts['cluster'] = {}, on: Servers = servers): Promise<Site> {
  const { directory, config } = kept(makeScratch({ config: { upstreams: { up: { url: 'http://127.0.0.1:9/mcp' } } } }));
  return makeSite({ servers: on, directory, config: parse(readFileSync(config, 'utf8')), cluster });
}

/** Starts one program, which must end by itself; what it said. */
async function refusedStart({ config }: Pick<Site, 'config'>, service: Service): Promise<string> {
  const cluster = await runCluster({ config }, nobody);
  const program = cluster.start(service);
  const late = setTimeout(() => program.signal('SIGKILL'), 60_000);
  const code = await program.ended;
  clearTimeout(late);
  expect([code, program.log()]).toEqual([2, expect.not.stringMatching(/\bat .*:\d+:\d+|node_modules/)]);
  return program.log();
}

describe('a service does not start', () => {
  it.each([
    [[['rate-limit', 'authorization']], 'authorization'],
    [[['rate-limit', 'authorization', 'confirmation']], 'confirmation'],
    [[['authorization', 'confirmation']], 'confirmation'],
  ] as const)('where it lives with another: %j', async (groups, service) => {
    const host = groups[0][0];
    const log = await refusedStart(await setUp({ colocate: groups.map((group) => [...group]) }), service);
    expect(log).toContain(`cluster.colocate: ${service} lives with another`);
    expect(log).toContain(`Start the ${host} service instead`);
  });

  it('in a group whose stations are not adjacent', async () => {
    const log = await refusedStart(await setUp({ colocate: [['rate-limit', 'confirmation']] }), 'rate-limit');
    expect(log).toMatch(/rate-limit, confirmation are not adjacent stations/);
  });

  it.each([
    ['gateway', 'operator.token'],
    ['rate-limit', 'mac-rate-limit.key'],
    ['authorization', 'mac-authorization.key'],
    ['confirmation', 'mac-confirmation.key'],
    ['audit', 'release.key'],
  ] as const)('%s without its secret %s', async (service, file) => {
    const site = await setUp();
    rmSync(join(site.directory, 'secrets', file));
    const log = await refusedStart(site, service);
    expect(log).toContain(`secrets/${file} is not there`);
    expect(log).toContain('cluster.secrets');
  });

  it('with a key that could be guessed, which it does not repeat', async () => {
    const site = await setUp();
    writeFileSync(join(site.directory, 'secrets/mac-rate-limit.key'), 'hunter2\n');
    const log = await refusedStart(site, 'rate-limit');
    expect(log).toContain('mac-rate-limit.key must hold keys of 32 bytes in base64url, one a line');
    expect(log).not.toContain('hunter2');
  });

  it.each(ways)('%s by a configuration without cluster:', async (service) => {
    const site = await setUp();
    const { cluster, ...alone } = parse(readFileSync(site.config, 'utf8')) as Record<string, unknown>;
    expect(cluster).toEqual(expect.objectContaining({ kafka: expect.anything() }));
    writeFileSync(site.config, stringify(alone));
    const log = await refusedStart(site, service);
    expect(log).toContain('cluster: is missing');
    expect(log).toContain('Say where Kafka, Redis and PostgreSQL are, or run `sallyport serve --config ');
  });

  it.each(ways)('%s on a database that is not migrated', async (service) => {
    const site = await setUp();
    const client = new Client(site.owner);
    await client.connect();
    await client.query(`CREATE DATABASE ${site.prefix}_bare`);
    await client.end();
    const config = parse(readFileSync(site.config, 'utf8'));
    config.cluster.postgres.database = `${site.prefix}_bare`;
    writeFileSync(site.config, stringify(config));
    expect(await refusedStart(site, service)).toContain('Run the migration first.');
  });

  it('audit on a PostgreSQL that would lose what was answered', async () => {
    const postgres = await startPostgres({ settings: { fsync: 'off', synchronous_commit: 'off' } });
    try {
      const log = await refusedStart(await setUp({}, { ...servers, postgres }), 'audit');
      expect(log).toContain('fsync is off, set it to on');
      expect(log).toContain('synchronous_commit is off, set it to on or remote_apply');
    } finally {
      await postgres.stop();
    }
  });

  it('while PostgreSQL can’t be reached', async () => {
    const site = await setUp();
    const config = parse(readFileSync(site.config, 'utf8'));
    config.cluster.postgres.port = 9;
    writeFileSync(site.config, stringify(config));
    expect(await refusedStart(site, 'audit')).toContain('PostgreSQL at 127.0.0.1:9 could not be reached');
  });
});
