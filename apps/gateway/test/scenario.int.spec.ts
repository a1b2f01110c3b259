import { jest } from '@jest/globals';
import { type Cluster, makeSite, runCluster, type Servers, type Site, sharedServers } from '@sallyport/cluster';
import { parse } from 'yaml';
import { readFileSync } from 'node:fs';
import { expectRecordOfOneProcess } from './same-record.ts';
import { makeShopScratch, playShop, type Scratch, shopStory } from '@sallyport/testing/harness';

jest.setTimeout(180_000);

describe('the shop’s scenario over the services', () => {
  let servers: Servers;
  const scratches: Scratch[] = [];
  beforeAll(async () => {
    servers = await sharedServers();
  });
  afterAll(async () => {
    await servers.stop();
    for (const scratch of scratches) scratch.remove();
  });

  function makeScratch(): Scratch {
    const scratch = makeShopScratch();
    scratches.push(scratch);
    return scratch;
  }

  async function overServices(kafka: object): Promise<{ site: Site; story: unknown }> {
    const { directory, config } = makeScratch();
    const site = await makeSite({
      servers,
      directory,
      config: parse(readFileSync(config, 'utf8')),
      cluster: { kafka },
    });
    const cluster: Cluster = await runCluster(site);
    try {
      return { site, story: await playShop(cluster) };
    } finally {
      await cluster.stop();
    }
  }

  it.each(['kafkajs', 'platformatic'])(
    'tells the same story and leaves the same record as in one process (%s)',
    async (client) => {
      const { site, story } = await overServices({ client });
      expect(story).toEqual(shopStory);

      await expectRecordOfOneProcess(site, makeScratch());
    },
  );
});
