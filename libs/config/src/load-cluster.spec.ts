import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCluster } from './load-cluster.ts';
import { NotServed } from './not-served.ts';

const upstreams = 'upstreams: { up: { url: https://up.example/mcp } }\n';
const servers = 'kafka: { brokers: [k:1] }, redis: { nodes: [r:1] }, postgres: { host: p }';

describe('the configuration of a service', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'sallyport-cluster-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  function write(text: string): string {
    const file = join(folder, 'sallyport.yaml');
    writeFileSync(file, text);
    return file;
  }

  const refusal = (file: string) =>
    loadCluster(file).then(
      () => new Error('it was taken'),
      (error: unknown) => error,
    );

  it('of one process is refused, with both ways out', async () => {
    const file = write(upstreams);
    const error = await refusal(file);
    expect(error).toBeInstanceOf(NotServed);
    expect(error).toMatchObject({ code: 'not_served', problems: [{ file, line: 1, column: 1 }] });
    expect(error).toHaveProperty('message', expect.stringContaining(`${file}:1:1 cluster: is missing`));
    expect(error).toHaveProperty(
      'message',
      expect.stringMatching(/Kafka, Redis and PostgreSQL are, or run `.* serve --config .*`/),
    );
  });

  it('that is not there is refused by its path', async () => {
    const file = join(folder, 'absent.yaml');
    expect(await refusal(file)).toMatchObject({ code: 'not_served', problems: [{ file }] });
  });

  it.each([
    ['kafka: { brokers: [k] }, redis: { nodes: [r:1] }, postgres: { host: p }', 'cluster.kafka.brokers.0: '],
    ['kafka: { brokers: [k:1] }, redis: { nodes: [] }, postgres: { host: p }', 'cluster.redis.nodes: '],
    ['kafka: { brokers: [k:1] }, redis: { nodes: [r:1] }', 'cluster.postgres: '],
    [`${servers}, colocate: [[rate-limit]]`, 'cluster.colocate.0: '],
    [`${servers}, colocate: [[confirmation, audit]]`, 'cluster.colocate.0.1: '],
    [`${servers}, colocate: [[authorization, rate-limit]]`, 'are not adjacent stations of one group'],
    [`${servers}, secret: x`, 'Did you mean "secrets"?'],
  ])('that says { %s } is refused at its line', async (cluster, says) => {
    const error = await refusal(write(`${upstreams}cluster: { ${cluster} }\n`));
    expect(error).toMatchObject({ problems: [{ line: 2 }] });
    expect(error).toHaveProperty('message', expect.stringContaining(says));
  });

  it.each([
    ['beside the configuration', '', 'secrets'],
    ['where it says', ', secrets: run/own', 'run/own'],
  ])('has its secrets %s', async (_where, more, directory) => {
    const file = write(`${upstreams}cluster: { ${servers}${more} }\n`);
    const { cluster, loaded, secrets } = await loadCluster(file);
    expect([cluster.kafka.brokers, loaded.file]).toEqual([['k:1'], file]);
    expect(() => secrets.operatorToken()).toThrow(`${join(folder, directory, 'operator.token')} is not there`);
    mkdirSync(join(folder, directory), { recursive: true });
    writeFileSync(join(folder, directory, 'operator.token'), 'S3CR3T\n');
    expect(secrets.operatorToken()).toBe('S3CR3T');
  });
});
