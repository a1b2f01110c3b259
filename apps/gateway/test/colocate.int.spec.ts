import { jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import {
  type Cluster,
  makeSite,
  runCluster,
  type Servers,
  type Service,
  type Shape,
  sharedServers,
} from '@sallyport/cluster';
import { parse } from 'yaml';
import { expectRecordOfOneProcess } from './same-record.ts';
import { makeShopScratch, playShop, type Scratch, shopStory } from '@sallyport/testing/harness';

jest.setTimeout(240_000);

const nobody: Shape = { gateway: 0, 'rate-limit': 0, authorization: 0, confirmation: 0, audit: 0 };
const services: readonly Service[] = ['gateway', 'rate-limit', 'authorization', 'confirmation', 'audit'];

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

describe('stations that share a process', () => {
  it.each<[string[][], Shape, number]>([
    [[['rate-limit', 'authorization']], { authorization: 0 }, 4],
    [[['rate-limit', 'authorization', 'confirmation']], { authorization: 0, confirmation: 0 }, 3],
  ])('decide the same and leave the same record: %j', async (colocate, shape, programs) => {
    const { directory, config } = kept(makeShopScratch());
    const site = await makeSite({
      servers,
      directory,
      config: parse(readFileSync(config, 'utf8')),
      cluster: { colocate, decision_timeout: '20s' },
    });
    const cluster: Cluster = await runCluster(site, nobody);
    try {
      for (const service of services) if (shape[service] !== 0) cluster.start(service);
      await cluster.ready(120_000);
      expect(cluster.programs).toHaveLength(programs);
      expect(await playShop(cluster)).toEqual(shopStory);
    } finally {
      await cluster.stop();
    }
    await expectRecordOfOneProcess(site, kept(makeShopScratch()));
  });
});
