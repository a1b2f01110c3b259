import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CompleteConfigInput } from '@sallyport/guards';
import { POLICIES } from './policies.ts';

/** What a measured instance may have that differs from the one with everything on. */
export interface ConfigChanges {
  readonly limits?: CompleteConfigInput['limits'];
  readonly sanitize?: CompleteConfigInput['sanitize'];
  readonly policies?: string;
  /** Each call names an object whose owner is looked up by a call of our own. */
  readonly resolver?: boolean;
  /** Instead of a folder beside the configuration. */
  readonly data?: string;
  readonly callTimeout?: string;
  /** How many tools of the upstream the policies let its users see. */
  readonly tools?: number;
  readonly users?: number;
  /** Upstreams by their ids, all of them the same server; `lean` if absent. */
  readonly ids?: readonly string[];
  /** What the tools do; they read if absent. */
  readonly effect?: 'read' | 'write';
  /** Starts the upstream as a program, over standard streams, in the place of the one at a URL. */
  readonly command?: string[];
}

export interface SallyportFiles {
  /** The configuration file. */
  readonly config: string;
  /** The journal's directory. */
  readonly data: string;
  readonly tokens: readonly string[];
  /** What the configuration file says. */
  readonly settings: CompleteConfigInput;
}

/** Each user has a flood limit of its own, 2,000 requests a second, which one alone would reach. */
const manyUsers = 8;
export const systemTenant = 'bench';

/** Limits that are counted on every call and refuse none of ours. */
const generous: CompleteConfigInput['limits'] = [
  { id: 'user-rate', per: ['tenant', 'subject'], rate: '10000000/min', kind: 'attempt' },
  { id: 'tool-use', per: ['tenant', 'subject', 'tool'], rate: '10000000/min', kind: 'use' },
  { id: 'day-budget', per: ['tenant'], budget: { max: 1e12, window: 'day' } },
  { id: 'in-flight', per: ['tenant', 'subject'], concurrent: 1_000 },
  { id: 'repeats', per: ['tenant', 'subject'], identical: '3/min' },
];

/** Every sanitizer off that the configuration can switch off. */
export const NO_SANITIZERS: CompleteConfigInput['sanitize'] = {
  secrets: 'off',
  personal_data: 'off',
  invisible: 'off',
  output_schema: 'off',
};

/**
 * Writes configuration, users and policies of an instance in front of one upstream.
 *
 * @param directory is made if it isn't there
 */
export async function writeSallyport(
  directory: string,
  upstream: string,
  changes: ConfigChanges = {},
): Promise<SallyportFiles> {
  const { policies = POLICIES, users = manyUsers, data } = changes;
  const tokens = Array.from({ length: users }, (_, index) => `bench-token-${index}`);
  const config = configOf(upstream, changes);
  const people = tokens.map((token, index) => ({
    name: `user-${index}`,
    tenant: systemTenant,
    roles: ['user'],
    token,
  }));
  await mkdir(join(directory, 'policies'), { recursive: true });
  await writeFile(join(directory, 'sallyport.yaml'), JSON.stringify(config, null, 2));
  await writeFile(join(directory, 'users.yaml'), JSON.stringify({ users: people }, null, 2));
  await writeFile(join(directory, 'policies', 'notes.cedar'), policies);
  return {
    config: join(directory, 'sallyport.yaml'),
    data: data ?? join(directory, 'data'),
    tokens,
    settings: config,
  };
}

function configOf(url: string, changes: ConfigChanges): CompleteConfigInput {
  const { limits = generous, sanitize, resolver = false, data = './data', callTimeout } = changes;
  return {
    listen: '127.0.0.1:8787',
    data,
    identity: { development: { users: './users.yaml' } },
    upstreams: upstreamsOf(url, changes),
    limits,
    policies: './policies',
    ...(sanitize && { sanitize }),
    ...(callTimeout && { call_timeout: callTimeout }),
    ...(resolver && { resolvers: everyLookup }),
  };
}

function upstreamsOf(url: string, changes: ConfigChanges): CompleteConfigInput['upstreams'] {
  const { tools = 1, effect = 'read', resolver = false, command, ids = ['lean'] } = changes;
  const tool = { effect, groups: ['notes'], resources: resolver ? [owned] : [] };
  const named = Array.from({ length: tools }, (_, index) => [index === 0 ? 'echo' : `echo_${index + 1}`, tool]);
  const upstream = {
    ...(command === undefined ? { url } : { command }),
    definitions: 'trust_on_first_use' as const,
    tools: Object.fromEntries(named),
  };
  return Object.fromEntries(ids.map((id) => [id, upstream]));
}

/** The callers of a benchmark are few subjects, none of whom shall wait for a share. */
const everyLookup = {
  per_subject: 1_000_000,
  in_flight: 1_000,
  in_flight_per_tenant: 1_000,
  in_flight_per_subject: 1_000,
};

/** The lean upstream echoes, so that each object's owner is its own name. */
const owned = {
  argument: '/message',
  type: 'Note',
  resolver: { tool: 'echo', argument: 'message', owner: '/content/0/text' },
};
