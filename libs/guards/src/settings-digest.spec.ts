import type { Config } from '@sallyport/contracts';
import { type CompleteConfigInput, completeConfigSchema } from './complete-config.ts';
import { defineGuard } from './define-guard.ts';
import { guards } from './guards.ts';
import { pass } from './opinions.ts';
import { sameSettings, settingsOf } from './settings-digest.ts';

const orders = { url: 'http://orders.test/mcp', tools: { pay: { effect: 'write' as const } } };
const base: CompleteConfigInput = { upstreams: { orders } };

function configOf(changes: Partial<CompleteConfigInput> = {}): Config {
  return completeConfigSchema.parse({ ...base, ...changes });
}

/** Guards whose digest is another with these changes. */
function changedBy(changes: Partial<CompleteConfigInput>): string[] {
  const [before, after] = [settingsOf(guards, configOf()), settingsOf(guards, configOf(changes))];
  expect(sameSettings(before, after)).toBe(Object.keys(before).every((id) => before[id] === after[id]));
  return Object.keys(before).filter((id) => before[id] !== after[id]);
}

test('a guard that looks at a section which it does not name does not compile', () => {
  const parts = { id: 'x', station: 'gateway', grants: false, reasons: [], probes: () => [] } as const;
  const named = { ...parts, reads: ['resolvers'] } as const;
  expect(defineGuard({ ...named, create: () => () => pass() }).reads).toEqual(['resolvers']);
  // @ts-expect-error resolvers are not among what it reads
  defineGuard({ ...parts, reads: ['approvals'], create: (_, { resolvers }) => resolvers });
});

test('a guard in shadow makes another digest of it alone', () => {
  expect(changedBy({ shadow: ['strict-input'] })).toEqual(['strict-input']);
});

test.each<[string, Partial<CompleteConfigInput>]>([
  ['a limit', { limits: [{ id: 'new', per: ['tenant'], rate: '2/min' }] }],
  ['how long calls may take', { call_timeout: '3s' }],
  ['how long people may think', { approvals: { decide_within: '3s' } }],
  ['what a tool does', { upstreams: { orders: { ...orders, tools: { pay: { effect: 'read' } } } } }],
  ['how large arguments may be', { upstreams: { orders: { ...orders, max_argument_bytes: 900 } } }],
  ['which arguments are taken for paths', { upstreams: { orders: { ...orders, detect_paths: true } } }],
])('%s makes another digest of the guards that judge by it', (_name, changes) => {
  const judging = guards
    .filter(({ reads, config = {} }) => [...reads, ...Object.keys(config)].some((section) => section in changes))
    .map(({ id }) => id);
  expect(judging).not.toEqual([]);
  expect(changedBy(changes)).toEqual(judging);
});

test.each<[string, Partial<CompleteConfigInput>]>([
  ['where a program listens', { listen: '127.0.0.1:1' }],
  ['where it keeps its data', { data: './elsewhere' }],
  ['who is told of questions', { approvals: { notify: { url: 'https://chat.test/hook', secret: { env: 'KEY' } } } }],
  [
    'where an upstream is, and the credential for it',
    {
      upstreams: { orders: { ...orders, url: 'http://other.test/mcp', headers: { authorization: { env: 'TOKEN' } } } },
    },
  ],
])('%s is no matter of guards', (_name, changes) => {
  expect(changedBy(changes)).toEqual([]);
});
