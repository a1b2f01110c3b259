import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse } from 'yaml';
import { read, root } from './tree.ts';

type Patiently = <T>(
  what: string,
  step: () => Promise<T>,
  parts: { say: (line: string) => void; withinMs?: number; pauseMs?: number },
) => Promise<T>;
// This program is plain JavaScript, which no compiler here gives types to.
const { patiently }: { patiently: Patiently } = await import(
  pathToFileURL(resolve(root, 'deploy/setup/patiently.mjs')).href
);

const compose = read('docker-compose.yml');

describe('docker-compose.yml', () => {
  it('starts no image that images.env does not name', () => {
    const named = read('images.env')
      .split('\n')
      .filter((line) => /^[A-Z_]+=/.test(line));
    const defaults = [...compose.matchAll(/\$\{((?:KAFKA|REDIS|POSTGRES|NODE)_IMAGE):-([^}]+)\}/g)];
    expect(new Set(defaults.map(([, name, image]) => `${name}=${image}`))).toEqual(new Set(named));
  });

  it('builds from the same Node image when it is not asked for another', () => {
    const [, image] = /^NODE_IMAGE=(.+)$/m.exec(read('images.env')) ?? [];
    expect(read('Dockerfile')).toContain(`ARG NODE_IMAGE=${image}\n`);
  });

  it('starts no program of Node’s to ask for health every few seconds', () => {
    const { services } = parse(compose, { merge: true }) as {
      services: Record<string, { healthcheck?: { test?: string[] } }>;
    };
    const tests = Object.values(services).flatMap(({ healthcheck }) => (healthcheck?.test ? [healthcheck.test] : []));
    expect(tests.length).toBeGreaterThan(7);
    expect(tests.filter((test) => test.some((word) => /node|npm|npx/.test(word)))).toEqual([]);
    expect(tests).toContainEqual(['CMD', 'bash', '/app/deploy/ready.sh']);
  });

  it.each([
    [200, true],
    [503, false],
    [404, false],
    [null, false],
  ])('is ready when /readyz answers %s: %s', async (status, ready) => {
    const asked: (string | undefined)[] = [];
    const server = createServer(({ url }, response) => {
      asked.push(url);
      response.writeHead(status ?? 500).end();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    if (status === null) await once(server.close(), 'close');
    const script = read('deploy/ready.sh').replaceAll('8787', String(port));
    const [code] = (await once(spawn('bash', ['-c', script], { stdio: 'ignore' }), 'close')) as [number];
    server.close();
    expect([code === 0, asked]).toEqual([ready, status === null ? [] : ['/readyz']]);
  });

  it('waits for servers that are away, and gives up in time', async () => {
    const said: string[] = [];
    const say = (line: string): void => void said.push(line);
    let tries = 0;
    const step = async (): Promise<string> => {
      if ((tries += 1) < 4) throw new Error('ECONNREFUSED');
      return 'done';
    };
    expect(await patiently('database', step, { say, pauseMs: 1 })).toBe('done');
    expect(said).toEqual(['database: ECONNREFUSED; trying again']);
    const never = (): Promise<never> => Promise.reject(new Error('wrong password'));
    await expect(patiently('users', never, { say, withinMs: 20, pauseMs: 1 })).rejects.toThrow('wrong password');
    expect(read('deploy/setup/setup.mjs').match(/await patiently\(/g)).toHaveLength(3);
  });

  it('serves the shop of the example, guarded alike', () => {
    const { listen, data, upstreams, cluster, ...sallyport } = parse(read('deploy/sallyport.yaml'));
    const example = parse(read('examples/shop/sallyport.yaml'));
    const tools = (all: Record<string, { tools: object }>) =>
      Object.entries(all).map(([id, upstream]) => [id, upstream.tools]);
    expect(cluster.kafka.brokers).toEqual(['kafka:9092']);
    expect(listen).toBe('127.0.0.1:8787');
    expect(data).toBe('/data');
    expect(tools(upstreams)).toEqual(tools(example.upstreams));
    expect({ ...sallyport, listen: example.listen, data: example.data, upstreams: example.upstreams }).toEqual(example);
  });
});
