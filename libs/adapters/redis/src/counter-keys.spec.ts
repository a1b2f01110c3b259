import { keysOf } from './counter-keys.ts';

const tenants = [
  '',
  ' ',
  'shop',
  'Shop',
  'shop}',
  '{shop}',
  '}{',
  '{}',
  '%',
  '%7b;',
  '{',
  '}',
  '%7d;',
  'shop}open',
  'a:b',
  'a',
  'a}ticket:b',
  'sallyport:',
  'sallyport:shop',
  '\ud800',
  '\ud801',
  '\udc00',
  '\ufffd',
  '😀',
  'é',
  'e\u0301',
  '\u0000',
  '\n',
  '*',
  '[a]',
  '%d800;',
];
const rests = ['', 'open', 'ticket:', 'a', '}', '{', 'b}c', 'rate:x', '\ud800', '\ud801'];

/** As Redis finds it: between the first brace and the first closing one after it, the whole key where that is nothing. */
function tagOf(key: string): string {
  return /^[^{]*\{([^}]+)\}/.exec(key)?.[1] ?? key;
}

function keysFor(tenant: string): string[] {
  const keys = keysOf(tenant);
  const kinds = ['rate', 'budget', 'concurrent', 'identical'];
  return [
    keys.open,
    ...rests.map(keys.ticket),
    ...kinds.flatMap((kind) => rests.map((rest) => keys.counter(kind, rest))),
  ];
}

describe('the keys of a tenant', () => {
  it('are never another’s, as bytes, however the two are spelled', () => {
    const all = tenants.flatMap(keysFor).map((key) => Buffer.from(key).toString('hex'));
    expect(new Set(all).size).toBe(all.length);
  });

  it.each(tenants)('have one hash tag, which no other tenant has: %j', (tenant) => {
    const tags = new Set(keysFor(tenant).map(tagOf));
    expect(tags.size).toBe(1);
    const [tag = ''] = tags;
    const others = tenants.filter((other) => other !== tenant).map((other) => tagOf(keysOf(other).open));
    expect(others.map((other) => Buffer.from(other).toString('hex'))).not.toContain(Buffer.from(tag).toString('hex'));
  });
});
