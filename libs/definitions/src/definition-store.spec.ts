import { createMemoryJournal } from '@sallyport/adapter-memory';
import { canonical } from '@sallyport/base';
import { type JsonObject, JournalUnavailable } from '@sallyport/contracts';
import { recordingJournal } from '../test/recording-journal.ts';
import { createDefinitionStore, type DefinitionStoreParts, PinMoved } from './definition-store.ts';
import { copyOf, type Pin, stateOf } from './pin.ts';
import { readingAgain } from './take-offer.ts';

const run = (description = 'Runs.'): JsonObject => ({ name: 'run', description, inputSchema: { type: 'object' } });
const list = copyOf(run()).digest;

function storeOver(journal = recordingJournal(), more: Partial<DefinitionStoreParts> = {}) {
  let next = 0;
  const ids = { ulid: () => `${(next += 1)}`, random: () => 'x' };
  const clock = { now: () => 0, monotonic: () => 0 };
  return { journal, store: createDefinitionStore({ journal, clock, ids, systemTenant: '_system', ...more }) };
}

type Store = ReturnType<typeof storeOver>['store'];

function pinOf(store: Store): Pin {
  const pin = store.get({ upstream: 'shop', kind: 'tool', tool: 'run' });
  if (pin === undefined) throw new Error('no such pin');
  return pin;
}

function approve(store: Store): Promise<void> {
  const { tool, upstream, offered } = pinOf(store);
  if (offered === null) throw new Error('nothing is offered');
  const how = { previous: null, how: 'first_use' as const, by: null };
  return store.record(pinOf(store), 'definition.approved', { tenant: '_system', upstream, tool, ...offered, ...how });
}

describe('a pin that another process moved', () => {
  it('is not changed until that was read', async () => {
    const { journal, store } = storeOver();
    const other = storeOver(journal).store;
    for (const each of [store, other]) each.note('shop', { tools: [run()] });
    await approve(other);
    await expect(approve(store)).rejects.toThrow(PinMoved);
    expect(stateOf(pinOf(store))).toBe('starting');
    expect(journal.commits).toHaveLength(1);
    expect(await store.catchUp()).toBe(true);
    expect(pinOf(store)).toMatchObject({ version: 1, approved: copyOf(run()) });
    expect(await store.catchUp()).toBe(false);
  });

  it('is read again three times at most; what else fails is not tried again', async () => {
    let reads = 0;
    const { store } = storeOver({ ...recordingJournal(), readAll: async () => (reads++, []) });
    let acts = 0;
    const moved = (): Promise<never> => Promise.reject(new PinMoved(`moved ${++acts}`));
    await expect(readingAgain(store, moved)).rejects.toThrow('moved 3');
    expect([acts, reads]).toEqual([3, 2]);
    const away = (): Promise<never> => Promise.reject(new Error(`away ${++acts}`));
    await expect(readingAgain(store, away)).rejects.toThrow('away 4');
    expect(await readingAgain(store, async () => 'done')).toBe('done');
  });

  it('is not in force where the journal is away', async () => {
    const away = { ...recordingJournal(), commit: () => Promise.reject(new Error('disk full')) };
    const { store } = storeOver(away);
    store.note('shop', { tools: [run()] });
    await expect(approve(store)).rejects.toThrow('disk full');
    expect(pinOf(store)).toMatchObject({ version: 0, approved: null });
  });
});

describe('what is offered', () => {
  it('is nothing without a name, and is told from what was offered before', () => {
    const { store } = storeOver();
    expect(store.note('shop', { tools: [{ name: 7 }, { title: 'x' }, {}] })).toMatchObject({
      offered: new Set(),
      changed: false,
    });
    expect(store.all()).toEqual([]);
    expect(store.note('shop', { tools: [run()] })).toMatchObject({ offered: new Set(['tool/run']), changed: true });
    const kept = pinOf(store).offered;
    expect(store.note('shop', { tools: [run()] })).toMatchObject({ changed: false });
    expect(pinOf(store).offered).toBe(kept);
    expect(store.note('shop', { tools: [run('Runs away.')] })).toMatchObject({ changed: true });
  });

  it('is of one upstream, however tools are called', () => {
    const { store } = storeOver();
    store.note('a', { tools: [{ name: 'b/c' }] });
    store.note('files', { tools: [{ name: 'run' }] });
    expect(store.of('a').map(({ tool }) => tool)).toEqual(['b/c']);
    expect(store.get({ upstream: 'shop', kind: 'tool', tool: 'run' })).toBeUndefined();
  });

  it('is not changed by what other processes record', async () => {
    const { journal, store } = storeOver();
    store.note('shop', { tools: [run('Runs away.')] });
    const other = storeOver(journal).store;
    other.note('shop', { tools: [run()] });
    await approve(other);
    await store.catchUp();
    expect(stateOf(pinOf(store))).toBe('drifted');
  });

  it('is what was approved, in a process without upstreams', async () => {
    const { journal, store } = storeOver();
    store.note('shop', { tools: [run()] });
    await approve(store);
    const station = storeOver(journal, { assumeOffered: true }).store;
    await station.catchUp();
    expect(stateOf(pinOf(station))).toBe('approved');
  });
});

describe('the first use of an upstream', () => {
  it('is on record once, by whatever process', async () => {
    const { journal, store } = storeOver();
    const other = storeOver(journal).store;
    await store.trust('shop', list, 1);
    await expect(other.trust('shop', copyOf(run('Other.')).digest, 1)).rejects.toThrow(PinMoved);
    expect(other.trusted('shop')).toBeNull();
    await other.catchUp();
    expect([other.trusted('shop'), other.trusted('files')]).toEqual([list, null]);
  });
});

describe('the journal', () => {
  it('is read page by page, each event once', async () => {
    const { journal, store } = storeOver();
    store.note('shop', { tools: Array.from({ length: 1_001 }, (_, at) => ({ name: `t${at}` })) });
    const offered = (pin: Pin) => ({ tenant: '_system', upstream: 'shop', tool: pin.tool, digest: list });
    for (const pin of store.all())
      await store.record(pin, 'definition.offered', { ...offered(pin), state: 'unapproved' });
    const asked: number[] = [];
    const readAll: typeof journal.readAll = async (tenant, options) => {
      asked.push(Number(options.after));
      return (await journal.readAll(tenant, options)).slice(0, options.limit);
    };
    const again = storeOver({ ...journal, readAll }).store;
    await again.catchUp();
    expect([again.all().length, asked]).toEqual([1_001, [0, 1_000]]);
    await again.catchUp();
    expect(asked).toEqual([0, 1_000, 1_001]);
    expect(new Set(again.all().map(({ version }) => version))).toEqual(new Set([1]));
  });
});

describe('a definition that is too large for an event', () => {
  const large = run('é'.repeat(40_000));

  it('is kept by its digest, and is whole for every process that reads the record', async () => {
    const { texts } = createMemoryJournal();
    const { journal, store } = storeOver(undefined, { texts });
    store.note('shop', { tools: [large] });
    await approve(store);
    const [event] = journal.commits.at(-1)?.writes[0]?.events ?? [];
    expect(event?.data).toMatchObject({ definition: {}, definition_bytes: Buffer.byteLength(canonical(large)) });
    expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(60 * 1_024);
    const reader = storeOver(journal, { texts, assumeOffered: true }).store;
    expect(await reader.catchUp()).toBe(true);
    expect([store, reader].map((each) => pinOf(each).approved)).toEqual([copyOf(large), copyOf(large)]);
  });

  it('is no definition for one who can’t read its text, and is read as soon as that can be', async () => {
    const { texts } = createMemoryJournal();
    const { journal, store } = storeOver(undefined, { texts });
    store.note('shop', { tools: [large] });
    await approve(store);
    let away = true;
    const find: typeof texts.find = (digest) => (away ? Promise.resolve(null) : texts.find(digest));
    const reader = storeOver(journal, { texts: { ...texts, find } }).store;
    await expect(reader.catchUp()).rejects.toThrow(JournalUnavailable);
    expect(reader.all()).toEqual([]);
    away = false;
    await reader.catchUp();
    expect(pinOf(reader).approved).toEqual(copyOf(large));
  });

  it('that fits is in the event, and kept beside it', async () => {
    const { texts } = createMemoryJournal();
    const { journal, store } = storeOver(undefined, { texts });
    store.note('shop', { tools: [run()] });
    await approve(store);
    expect(journal.commits.at(-1)?.writes[0]?.events[0]?.data).toMatchObject({ definition: run() });
    expect(await texts.find(list)).toBe(canonical(run()));
  });
});
