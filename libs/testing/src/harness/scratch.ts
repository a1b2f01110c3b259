import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConfigInput } from '@sallyport/contracts';
import { parse, stringify } from 'yaml';

/** A configuration as it is written, with the sections that guards bring. */
export type WrittenConfig = ConfigInput & Readonly<Record<string, unknown>>;

export const root = fileURLToPath(new URL('../../../../', import.meta.url));
const shop = resolve(root, 'examples/shop');

export interface User {
  readonly name: string;
  readonly tenant: string;
  readonly roles: readonly string[];
  readonly scopes?: readonly string[];
  readonly token: string;
}

/** A folder of its own for one instance: configuration, users, policies, data. */
export interface Scratch {
  readonly directory: string;
  readonly config: string;
  readonly data: string;
  /** Writes a file below the folder. */
  write(name: string, text: string): void;
  /** Writes the configuration again. */
  configure(config: object): void;
  remove(): void;
}

export interface ScratchParts {
  readonly config: Partial<WrittenConfig>;
  readonly users?: readonly User[];
  /** File name to Cedar text. */
  readonly policies?: Readonly<Record<string, string>>;
}

/** Who may do what where nothing else is said: everybody everything. */
export const OPEN = '@id("everybody-everything")\npermit (principal, action, resource is Tool);\n';

export const ANN: User = { name: 'ann', tenant: 'acme', roles: ['staff'], token: 'dev-ann-token' };
export const BEN: User = { name: 'ben', tenant: 'acme', roles: ['finance'], token: 'dev-ben-token' };

/** Makes the folder. Sallyport listens on any free port. */
export function makeScratch({ config, users = [ANN, BEN], policies = { 'open.cedar': OPEN } }: ScratchParts): Scratch {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-e2e-'));
  const scratch: Scratch = {
    directory,
    config: join(directory, 'sallyport.yaml'),
    data: join(directory, 'data'),
    write: (name, text) => writeFileSync(join(directory, name), text),
    configure: (next) => writeFileSync(scratch.config, stringify(withDefaults(next))),
    remove: () => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }),
  };
  mkdirSync(join(directory, 'policies'));
  for (const [name, text] of Object.entries(policies)) scratch.write(`policies/${name}`, text);
  scratch.write('users.yaml', stringify({ users }));
  scratch.configure(config);
  return scratch;
}

function withDefaults(config: object): object {
  return {
    listen: '127.0.0.1:0',
    identity: { development: { users: './users.yaml' } },
    ...config,
  };
}

/** The shop's own configuration as published, over a database of its own. */
function shopConfig(directory: string): WrittenConfig {
  const config = parse(readFileSync(join(shop, 'sallyport.yaml'), 'utf8')) as WrittenConfig;
  const { orders, files, memory } = config.upstreams;
  const env = { SHOP_DB: join(directory, 'shop.db'), SHOP_EFFECTS: join(directory, 'effects.jsonl') };
  return {
    ...config,
    listen: '127.0.0.1:0',
    upstreams: {
      orders: { ...orders, command: [process.execPath, join(shop, 'orders-server.mjs')], env } as never,
      files: {
        ...files,
        command: [
          process.execPath,
          join(root, 'node_modules/@modelcontextprotocol/server-filesystem/dist/index.js'),
          join(directory, 'files'),
        ],
      } as never,
      memory: {
        ...memory,
        command: [process.execPath, join(shop, 'memory-server.mjs')],
        env: { MEMORY_FILE_PATH: join(directory, 'memory.jsonl') },
      } as never,
    },
  };
}

/** The shop with its published policies and users; `change` edits the configuration before it is written. */
export function makeShopScratch(change: (config: WrittenConfig) => WrittenConfig = (config) => config): Scratch {
  const scratch = makeScratch({ config: { upstreams: {} }, policies: {} });
  cpSync(join(shop, 'policies'), join(scratch.directory, 'policies'), { recursive: true });
  cpSync(join(shop, 'files'), join(scratch.directory, 'files'), { recursive: true });
  cpSync(join(shop, 'users.yaml'), join(scratch.directory, 'users.yaml'));
  scratch.configure(change(shopConfig(scratch.directory)));
  return scratch;
}

/** What the shop's server changed, oldest first. */
export function shopEffects({ directory }: Scratch): { readonly tool: string; readonly order: string }[] {
  try {
    const lines = readFileSync(join(directory, 'effects.jsonl'), 'utf8').trim().split('\n');
    return lines.map((line) => JSON.parse(line) as { tool: string; order: string });
  } catch {
    return [];
  }
}
