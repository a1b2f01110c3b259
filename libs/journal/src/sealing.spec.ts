import { randomBytes } from 'node:crypto';
import { type Commit, type Journal, KeyLost, type SealedRow, type SealedTable } from '@sallyport/contracts';
import { sampleCommit, sampleWrite } from '@sallyport/testing';
import { ringKeyWrap } from './key-wrap.ts';
import { sealing } from './sealing.ts';

const secret = randomBytes(32);
const value = { event: 'E-1', field: 'arguments', subject: 'sub_alice', salt: 's'.repeat(43), value: '{"a":"é"}\n' };

/** A store of rows and wrapped keys as they would lie on disk. */
function open(ring: readonly Buffer[] = [secret], kept: { rows: SealedRow[]; keys: Map<string, string> } = empty()) {
  const { rows, keys } = kept;
  const commits: Commit[] = [];
  const journal: Journal = {
    async commit(commit) {
      commits.push(commit);
      for (const ref of commit.erases ?? []) keys.delete(`${commit.tenant}/${ref}`);
      for (const one of commit.sealed ?? []) rows.push({ key: null, ...one, wrapped: null });
      return { status: 'committed', first: 1 };
    },
    readStream: async () => [],
    readAll: async () => [],
  };
  const table: SealedTable = {
    read: async (tenant, event) =>
      rows
        .filter((row) => row.event === event)
        .map((row) => ({ ...row, wrapped: keys.get(`${tenant}/${row.subject}`) ?? null })),
    async keyOf(tenant, subject, offer) {
      const key = keys.get(`${tenant}/${subject}`) ?? (await offer());
      keys.set(`${tenant}/${subject}`, key);
      return key;
    },
  };
  const wrapped = { unwraps: 0 };
  const wrap = ringKeyWrap(ring, 'keys/sealing.key');
  const counted = {
    ...wrap,
    unwrap: (...of: Parameters<typeof wrap.unwrap>) => ((wrapped.unwraps += 1), wrap.unwrap(...of)),
  };
  return { ...sealing({ journal, table, wrap: counted }), rows, keys, commits, wrapped, kept };
}

function empty() {
  return { rows: [] as SealedRow[], keys: new Map<string, string>() };
}

const commitOf = (sealed: readonly (typeof value)[]) => sampleCommit([sampleWrite('call/1', 'any')], { sealed });

/** The one row of a store, with changes. */
async function changed(change: (row: SealedRow) => Partial<SealedRow>) {
  const opened = open();
  await opened.journal.commit(commitOf([value]));
  const [row] = opened.rows as [SealedRow];
  opened.rows.splice(0, 1, { ...row, ...change(row) });
  return opened;
}

describe('a sealed value', () => {
  it.each([
    ['beside another event', () => ({ event: 'E-2' }), 'E-2', 'shop'],
    ['in another field', () => ({ field: 'ask' }), 'E-1', 'shop'],
    ['of an earlier release for another subject with a key', () => ({ subject: 'sub_bob', key: null }), 'E-1', 'shop'],
    ['with a byte changed', ({ value: text }: SealedRow) => ({ value: `A${text.slice(1)}` }), 'E-1', 'shop'],
  ])('does not open %s', async (_, change, event, tenant) => {
    const { vault, journal } = await changed(change);
    await journal.commit(commitOf([{ ...value, event: 'E-9', subject: 'sub_bob' }]));
    await expect(vault.open(tenant, event)).rejects.toBeInstanceOf(KeyLost);
  });

  it('does not open for another tenant, whose subject has the wrapped key put beside it', async () => {
    const { vault, keys } = await changed(() => ({}));
    keys.set('bank/sub_alice', keys.get('shop/sub_alice') ?? '');
    await expect(vault.open('bank', 'E-1')).rejects.toMatchObject({ code: 'key_lost' });
  });

  it('lies there without its words, its salt and the key', async () => {
    const { rows, keys, journal } = open();
    await journal.commit(commitOf([value]));
    const lying = JSON.stringify([rows, [...keys]]);
    for (const text of [value.salt, '"a"', secret.toString('base64url')]) expect(lying).not.toContain(text);
    expect(rows).toMatchObject([{ event: 'E-1', field: 'arguments', subject: 'sub_alice', salt: '' }]);
  });

  it('opens as it was', async () => {
    const { vault, journal } = open();
    await journal.commit(commitOf([value]));
    expect(await vault.open('shop', 'E-1')).toEqual([value]);
  });

  it('of an earlier release is read as it lies there', async () => {
    const { vault, rows } = open();
    rows.push({ ...value, subject: null, key: null, wrapped: null });
    expect(await vault.open('shop', 'E-1')).toEqual([{ ...value, subject: '' }]);
  });

  it('is missing where the key of its subject was erased', async () => {
    const { vault, keys, journal } = open();
    await journal.commit(commitOf([value]));
    await journal.commit(sampleCommit([sampleWrite('tenant/shop', 'any')], { erases: ['sub_alice'] }));
    expect(keys.size).toBe(0);
    expect(await vault.open('shop', 'E-1')).toEqual([]);
  });

  it('is missing once its subject was erased, also where a call under way made another key', async () => {
    const { vault, rows, keys, journal } = open();
    await journal.commit(commitOf([value]));
    keys.delete('shop/sub_alice');
    const after = { ...value, event: 'E-2' };
    await journal.commit(commitOf([after]));
    expect([await vault.open('shop', 'E-1'), await vault.open('shop', 'E-2')]).toEqual([[], [after]]);
    expect(new Set(rows.map(({ key }) => key)).size).toBe(2);
  });

  it('that names no key, as of an earlier release, opens as it was', async () => {
    const { vault } = await changed(() => ({ key: null }));
    expect(await vault.open('shop', 'E-1')).toEqual([value]);
  });

  it('leaves no key in memory of the process once any was erased there, not even where its wrapped key comes back', async () => {
    const { vault, keys, journal, wrapped } = open();
    await journal.commit(commitOf([value]));
    const before = [...keys];
    await journal.commit(sampleCommit([sampleWrite('tenant/shop', 'any')], { erases: ['sub_alice'] }));
    for (const [of, key] of before) keys.set(of, key);
    wrapped.unwraps = 0;
    await vault.open('shop', 'E-1');
    expect(wrapped.unwraps).toBe(1);
  });

  it('costs one look at the key service per subject', async () => {
    const { vault, journal, wrapped } = open();
    for (let n = 0; n < 50; n++) await journal.commit(commitOf([{ ...value, event: `E-${n}` }]));
    await vault.open('shop', 'E-1');
    expect(wrapped.unwraps).toBe(1);
  });
});

describe('the secret that wraps', () => {
  it('is named where it is missing, and nothing of that subject is recorded', async () => {
    const first = open();
    await first.journal.commit(commitOf([value]));
    const other = open([randomBytes(32)], first.kept);
    await expect(other.vault.open('shop', 'E-1')).rejects.toThrow(
      /keys\/sealing\.key does not hold the secret .{8}: restore it/,
    );
    await expect(other.journal.commit(commitOf([value]))).rejects.toMatchObject({ code: 'journal_unavailable' });
    expect(other.commits).toEqual([]);
  });

  it('may be changed: a new one wraps, the old one still opens', async () => {
    const first = open();
    await first.journal.commit(commitOf([value]));
    const turned = open([randomBytes(32), secret], first.kept);
    await turned.journal.commit(commitOf([{ ...value, event: 'E-2', subject: 'sub_bob' }]));
    expect(await turned.vault.open('shop', 'E-1')).toEqual([value]);
    const ids = [...first.keys.values()].map((wrapped) => wrapped.slice(0, 8));
    expect(new Set(ids).size).toBe(2);
  });
});
