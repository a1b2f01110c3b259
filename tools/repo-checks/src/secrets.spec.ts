import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './tree.ts';

interface Secret {
  readonly file: string;
  readonly holders: readonly string[];
  readonly make: () => string;
}

// These programs are plain JavaScript, which no compiler here gives types to.
const programs = pathToFileURL(resolve(root, 'deploy/setup/')).href;
const { inventory }: { inventory: (together: string[][]) => Secret[] } = await import(`${programs}/inventory.mjs`);
const { turned }: { turned: (step: string, secret: object, text: string) => string } = await import(
  `${programs}/rotation.mjs`
);

const heldBy = (holder: string, together: string[][] = []): readonly string[] =>
  inventory(together)
    .filter(({ holders }) => holders.includes(holder))
    .map(({ file }) => file);

describe('secrets of the services', () => {
  it('lets nobody but audit and the gateway release, and no station sign for another', () => {
    for (const station of ['rate-limit', 'authorization', 'confirmation']) {
      const keys = heldBy(station).filter((file) => file.endsWith('.key'));
      expect(keys).toEqual([`mac-${station}.key`]);
    }
    expect(heldBy('gateway').filter((file) => file.endsWith('.key'))).toEqual([
      'mac-gateway.key',
      'release.key',
      'tenants.key',
      'sealing.key',
    ]);
  });

  it('gives Redis, the broker and the database no password of a service', () => {
    for (const server of ['redis', 'kafka', 'postgres'])
      expect(heldBy(server).filter((file) => /^(kafka|redis|postgres)\.password$/.test(file))).toEqual([]);
  });

  it('gives a station that hosts its neighbour the neighbour’s key', () => {
    expect(heldBy('rate-limit', [['rate-limit', 'authorization']])).toContain('mac-authorization.key');
  });

  it('makes keys of 32 bytes, and another each time', () => {
    const [key] = inventory([]).filter(({ file }) => file === 'release.key');
    const made = [key?.make() ?? '', key?.make() ?? ''];
    expect(made.map((text) => Buffer.from(text, 'base64url').length)).toEqual([32, 32]);
    expect(new Set(made).size).toBe(2);
  });
});

describe('a rotation', () => {
  const release = { file: 'release.key', make: () => 'new' };

  it.each([
    ['add', 'tenants.key'],
    ['retire', 'sealing.key'],
    ['renew', 'release.key'],
    ['add', 'redis.password'],
    ['renew', 'owner.password'],
    ['toString', 'release.key'],
  ])('refuses to %s %s', (step, file) => {
    expect(() => turned(step, { file, make: () => 'new' }, 'old')).toThrow();
  });

  it('adds a key that only verifies, has it sign, and takes the old one away', () => {
    const added = turned('add', release, 'old');
    const promoted = turned('promote', release, added);
    expect([added, promoted, turned('retire', release, promoted)]).toEqual(['old\nnew', 'new\nold', 'new']);
  });

  it('puts a new password in the place of the old one', () => {
    expect(turned('renew', { file: 'redis.password', make: () => 'new' }, 'old')).toBe('new');
  });
});
