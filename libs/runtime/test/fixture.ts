import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryCounters, createMemoryJournal } from '@sallyport/adapter-memory';
import { loadConfig, type LoadedConfig } from '@sallyport/config';
import type { Clock, ConfigInput, Journal, Observer } from '@sallyport/contracts';
import {
  compileToolSchemas,
  createDefinitions,
  declaredProblem,
  type Definitions,
  valuesOf,
} from '@sallyport/definitions';
import { dryRunTenants } from '@sallyport/tenants';
import type { GuardParts } from '../src/active-config.ts';
import { systemIds } from '../src/system.ts';

/** Everybody may call everything. */
export const OPEN = '@id("open") permit (principal, action, resource);\n';
/** A policy about a tool. */
export const ABOUT_RUN = `${OPEN}@id("never") @hard forbid (principal, action == Action::"up/run", resource);\n`;

const clock: Clock = { now: () => 0, monotonic: () => 0 };
const ids = systemIds(clock);

/** A folder with a configuration that names one program, and its policies. */
export interface Files {
  readonly file: string;
  write(changes?: Partial<ConfigInput> & { readonly limits?: readonly object[] }): void;
  policy(text: string): void;
  /** Reads the configuration. @throws on any problem */
  load(): Promise<LoadedConfig>;
  remove(): void;
}

export function makeFiles(policy = OPEN): Files {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-runtime-'));
  const file = join(folder, 'sallyport.yaml');
  mkdirSync(join(folder, 'policies'));
  const files: Files = {
    file,
    write: (changes = {}) => writeFileSync(file, JSON.stringify({ upstreams: UP, ...changes })),
    policy: (text) => writeFileSync(join(folder, 'policies', 'main.cedar'), text),
    async load() {
      const answer = await loadConfig(file);
      if (!answer.ok) throw new Error(JSON.stringify(answer.problems));
      return answer.loaded;
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
  files.write();
  files.policy(policy);
  return files;
}

const UP: ConfigInput['upstreams'] = { up: { command: ['up'], definitions: 'trust_on_first_use', share: 'all' } };

/** Definitions that an upstream `up` offers, and what guards are made with. */
export function makeParts(journal: Journal = createMemoryJournal().journal): {
  readonly definitions: Definitions;
  readonly ports: GuardParts;
  /** Has `up` offer tools of these names. */
  offer(...names: readonly string[]): Promise<void>;
} {
  const systemTenant = '_system';
  const definitions = createDefinitions({
    ...{ journal, clock, ids, systemTenant, compile: compileToolSchemas, declaredProblem, valuesOf },
  });
  const counters = createMemoryCounters({ clock });
  const approvals = { forCall: () => [], askedBy: () => ({ pending: 0, total: 0, refused: 0 }) };
  const tenants = dryRunTenants();
  const { catalog } = definitions;
  return {
    definitions,
    ports: {
      signIns: { isConnected: async () => false },
      catalog,
      counters,
      approvals,
      clock,
      ids,
      switches: tenants,
      quotas: tenants,
    },
    offer: (...names) => definitions.offer('up', { tools: names.map(toolNamed) }),
  };
}

function toolNamed(name: string) {
  return {
    name,
    description: `Does ${name}.`,
    inputSchema: { type: 'object', properties: { n: { type: 'integer' } } },
  };
}

/** An observer that keeps what it was told. */
export function watching(): Observer & { readonly incidents: string[] } {
  const incidents: string[] = [];
  return {
    incidents,
    decided: () => undefined,
    finished: () => undefined,
    incident: (what, detail) => void incidents.push(`${what} ${detail ?? ''}`),
  };
}
