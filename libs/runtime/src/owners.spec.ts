import { type ConfigInput, configSchema } from '@sallyport/contracts';
import { ownerFindings } from './owners.ts';

type Issuers = NonNullable<ConfigInput['identity']>['issuers'];

function told(issuers: Issuers): string[] {
  const findings = ownerFindings(configSchema.parse({ upstreams: {}, identity: { issuers } }));
  return findings.filter(({ fires }) => !fires).map(({ about }) => about);
}

function issuer(name: string, owns?: boolean, tenant: object = { fixed: 'acme' }) {
  return { issuer: `https://${name}.test`, audience: 'x', tenant, ...(owns !== undefined && { owns }) } as never;
}

test.each<[string, Issuers, string[]]>([
  ['one of two that does not say it', [issuer('a', true), issuer('b')], ['owners/https://b.test']],
  [
    'one that may name the tenant of another',
    [issuer('a', true), issuer('b', undefined, { claim: 'org' })],
    ['owners/https://b.test'],
  ],
  ['two that say it', [issuer('a', true), issuer('b', false)], []],
  ['two of different tenants', [issuer('a'), issuer('b', undefined, { fixed: 'brix' })], []],
  ['the only one', [issuer('a')], []],
])('whose ids own objects: %s', (_, issuers, expected) => {
  expect(told(issuers)).toEqual(expected);
});
