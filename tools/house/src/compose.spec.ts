import { parse } from 'yaml';
import { read } from './tree.ts';

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

  it('serves the shop of the example, guarded alike', () => {
    const { listen, data, upstreams, cluster, ...house } = parse(read('deploy/sallyport.yaml'));
    const example = parse(read('examples/shop/sallyport.yaml'));
    const tools = (all: Record<string, { tools: object }>) =>
      Object.entries(all).map(([id, upstream]) => [id, upstream.tools]);
    expect(cluster.kafka.brokers).toEqual(['kafka:9092']);
    expect(listen).toBe('127.0.0.1:8787');
    expect(data).toBe('/data');
    expect(tools(upstreams)).toEqual(tools(example.upstreams));
    expect({ ...house, listen: example.listen, data: example.data, upstreams: example.upstreams }).toEqual(example);
  });
});
