import { configSchema, principalId, type Principal, tenantIssuer, type TenantRegister } from '@sallyport/contracts';
import { createOwnership } from './ownership.ts';

type Input = readonly [name: string, owns?: boolean];

/** The id under which policies know `alice` of an issuer, in the tenant `acme`. */
function idOf(of: string, { own = [], claiming = [], bound = [], elsewhere = [] }: Partial<Record<string, Input[]>>) {
  const issuer = ([name, owns]: Input) => ({ issuer: urlOf(name), audience: 'a', ...(owns !== undefined && { owns }) });
  const register: TenantRegister = {
    ...{ version: 0, has: () => true, ownerOf: () => undefined },
    issuersOf: (tenant) => (tenant === 'acme' ? own.map((input) => tenantIssuer.parse(issuer(input))) : []),
  };
  const issuers = [
    ...claiming.map((input) => ({ ...issuer(input), tenant: { claim: 'org' } })),
    ...bound.map((input) => ({ ...issuer(input), tenant: { fixed: 'acme' } })),
    ...elsewhere.map((input) => ({ ...issuer(input), tenant: { fixed: 'brix' } })),
  ];
  const { identity } = configSchema.parse({ upstreams: {}, identity: { issuers } });
  const principal: Principal = {
    ...{ tenant: 'acme', client: null, expiresAt: null },
    subject: { id: 'alice', issuer: urlOf(of), roles: [] },
  };
  return principalId(createOwnership(register, identity.issuers)(principal).subject);
}

const urlOf = (name: string): string => `https://${name}.example`;

test.each<[string, Parameters<typeof idOf>]>([
  ['one of two that may name the tenant', ['a', { claiming: [['a'], ['b']] }]],
  ['one that may name the tenant, beside one bound to it', ['a', { claiming: [['a']], bound: [['b']] }]],
  ['one bound to the tenant, beside one of its own', ['a', { bound: [['a']], own: [['b']] }]],
  ['one of its own, beside one bound to it', ['a', { bound: [['b']], own: [['a']] }]],
  ['one that does not say whether it owns, beside one that owns', ['a', { bound: [['a'], ['b', true]] }]],
  [
    'one that owns nothing',
    [
      'a',
      {
        bound: [
          ['a', false],
          ['b', true],
        ],
      },
    ],
  ],
  ['the only one, where it owns nothing', ['a', { bound: [['a', false]] }]],
  ['one that is none of the tenant’s', ['a', { bound: [['b']] }]],
])('an id is not an owner’s from %s', (_, [of, issuers]) => {
  expect(idOf(of, issuers)).toBe('https://a.example|alice');
});

test.each<[string, Parameters<typeof idOf>]>([
  ['the only one', ['a', { claiming: [['a']], elsewhere: [['b']] }]],
  ['its only own one, which others may not speak beside', ['a', { own: [['a']], claiming: [['b'], ['c']] }]],
  [
    'one that owns',
    [
      'a',
      {
        claiming: [
          ['a', true],
          ['b', false],
        ],
      },
    ],
  ],
  [
    'one of two that own, since they name the same people',
    [
      'a',
      {
        own: [
          ['a', true],
          ['b', true],
        ],
      },
    ],
  ],
])('an id is an owner’s from %s', (_, [of, issuers]) => {
  expect(idOf(of, issuers)).toBe('alice');
});
