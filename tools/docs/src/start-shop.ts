import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { serve, type Served } from '@sallyport/wiring';
import { parse, stringify } from 'yaml';
import { root } from './tree.ts';

/** The shop, guarded, on a port and with data of its own. */
export interface RunningShop {
  readonly served: Served;
  /** The configuration that it runs with. */
  readonly config: string;
  stop(): Promise<void>;
}

interface ShopConfig {
  listen: string;
  data: string;
  policies: string;
  identity: { development: { users: string } };
  upstreams: Record<string, { cwd?: string; env?: Record<string, string> }>;
}

const shop = resolve(root, 'examples/shop');

/** Starts the example's own configuration, with nothing changed but the places where it writes and listens. */
export async function startShop(): Promise<RunningShop> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-docs-'));
  const config = join(folder, 'sallyport.yaml');
  const written = parse(await readFile(resolve(shop, 'sallyport.yaml'), 'utf8')) as ShopConfig;
  await writeFile(config, stringify(moved(written, folder, await freePort())));
  const logger = { level: 'silent', debug: silent, info: silent, warn: silent, error: silent } as const;
  const served = await serve({ config, logger, signals: false });
  return {
    served,
    config,
    async stop() {
      await served.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function silent(): void {
  // A test tells by its result, not by a log.
}

function moved(config: ShopConfig, folder: string, port: number): ShopConfig {
  const places: Record<string, Record<string, string>> = {
    orders: { SHOP_DB: join(folder, 'shop.db') },
    memory: { MEMORY_FILE_PATH: join(folder, 'memory.jsonl') },
  };
  const upstreams = Object.entries(config.upstreams).map(([id, upstream]) => [
    id,
    { ...upstream, cwd: shop, env: { ...upstream.env, ...places[id] } },
  ]);
  return {
    ...config,
    listen: `127.0.0.1:${port}`,
    data: join(folder, 'data'),
    policies: resolve(shop, config.policies),
    identity: { development: { users: resolve(shop, config.identity.development.users) } },
    upstreams: Object.fromEntries(upstreams) as ShopConfig['upstreams'],
  };
}

function freePort(): Promise<number> {
  return new Promise((take, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => take(port));
    });
  });
}
