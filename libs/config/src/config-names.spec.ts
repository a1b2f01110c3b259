import { type CompleteConfigInput, completeConfigSchema } from '@sallyport/guards';
import { nameProblems } from './config-names.ts';

const upstreams = { orders: { url: 'http://orders.test/mcp' } };
const servers = {
  kafka: { brokers: ['k:1'] as [string] },
  redis: { nodes: ['r:1'] as [string] },
  postgres: { host: 'p' },
};

function told(changes: Partial<CompleteConfigInput>): string[] {
  const problems = nameProblems(completeConfigSchema.parse({ upstreams, ...changes }));
  return problems.map(({ path, message, hint }) => `${path.join('.')}: ${message} ${hint}`);
}

test.each<[string, Partial<CompleteConfigInput>, string]>([
  [
    'a guard that there is not, with the nearest one',
    { shadow: ['limts'] },
    'shadow.0: there is no guard "limts" Did you mean "limits"?',
  ],
  [
    'a name that is like no guard',
    { shadow: ['limits', 'x'] },
    'shadow.1: there is no guard "x" There are: visibility,',
  ],
  ['a guard in shadow that grants', { shadow: ['authorization'] }, 'authorization grants'],
  ['a guard in shadow that policies rely on', { shadow: ['normal-form'] }, 'leave `values` out instead'],
  ['a guard in shadow that must stop', { shadow: ['kill-switch'] }, 'kill-switch must stop'],
  [
    'a limit of an upstream that there is not',
    { limits: [{ id: 'a', per: ['tenant'], rate: '1/s', tool: 'ordres/pay' }] },
    'limits.0.tool: there is no upstream "ordres" Did you mean "orders"?',
  ],
  [
    'two limits of one name',
    {
      limits: [
        { id: 'a', per: ['tenant'], rate: '1/s' },
        { id: 'a', per: ['tenant'], rate: '2/s' },
      ],
    },
    'two limits are called "a" Give one of them another id',
  ],
  [
    'a keyword that JSON Schema does not have',
    {
      upstreams: {
        orders: {
          url: 'http://orders.test/mcp',
          tools: { pay: { arguments: { properties: { note: { maxLenght: 9 } } } } },
        },
      },
    },
    'upstreams.orders.tools.pay.arguments.properties.note.maxLenght: unknown keyword "maxLenght" Did you mean "maxLength"?',
  ],
  ...(['all', 'tenant', undefined] as const).map((share): [string, Partial<CompleteConfigInput>, string] => [
    `a program that is shared (${share}) and may ask clients`,
    { upstreams: { git: { command: ['git-mcp'], share, client_requests: { roots: true } } } },
    'upstreams.git.client_requests: several people share this program, so that nobody knows whose call its request is about ' +
      'Write upstreams.git.share: subject',
  ]),
  ['no upstream', { upstreams: {} }, 'name at least one MCP server Write under upstreams a name'],
  [
    'stations together that are not adjacent',
    { cluster: { ...servers, colocate: [['rate-limit', 'confirmation']] } },
    'not adjacent',
  ],
  [
    'a station in two groups',
    {
      cluster: {
        ...servers,
        colocate: [
          ['rate-limit', 'authorization'],
          ['authorization', 'confirmation'],
        ],
      },
    },
    'cluster.colocate.1',
  ],
])('refused: %s', (_name, changes, expected) => {
  const [problem = ''] = told(changes);
  expect(problem.replace(/: (?:shadow|limits)\.\d(?:\.tool)?:/, ':')).toContain(expected);
});

test('names of what there is are taken', () => {
  const limits = [{ id: 'a', per: ['tenant' as const], rate: '1/s', tool: 'orders/*' }];
  const cluster = { ...servers, colocate: [['rate-limit' as const, 'authorization' as const]] };
  const git = { command: ['git-mcp'] as [string], share: 'subject' as const, client_requests: { roots: true } };
  expect(told({ upstreams: { ...upstreams, git }, shadow: ['limits', 'repeated-call'], limits, cluster })).toEqual([]);
});
