import { JournalUnavailable } from '@sallyport/contracts';
import { memoryMarks, moodyBus, createRuntime, sequenceOf, TOPIC, until, upTo } from '../../test/relay-fixture.ts';
import { createRelay, type Relay, type RelayParts } from './relay.ts';

type Fixture = ReturnType<typeof createRuntime>;

let fixture: Fixture;
let incidents: string[];
const running = new Set<Relay>();
beforeEach(() => {
  fixture = createRuntime();
  incidents = [];
});
afterEach(async () => {
  await Promise.all([...running].map((relay) => relay.stop()));
  running.clear();
});

function relayOf(parts: Partial<RelayParts> = {}): Relay {
  const { journal, tenants, bus } = fixture;
  const observer = { incident: (what: string, detail: string) => void incidents.push(`${what} ${detail}`) };
  const relay = createRelay({
    journal,
    tenants,
    bus,
    marks: memoryMarks(),
    topic: TOPIC,
    observer,
    idleMs: 1,
    ...parts,
  });
  running.add(relay);
  relay.start();
  return relay;
}

describe('createRelay', () => {
  it('marks nothing that was not acknowledged, and says what is wrong once', async () => {
    const marks = memoryMarks();
    await fixture.record('shop', 3);
    let sends = 0;
    relayOf({ marks, bus: moodyBus(fixture.bus, () => (sends++, 'refused')) });
    await until(() => sends > 3 * 3);
    expect(marks.held).toEqual(new Map());
    expect(incidents).toEqual(['feed_stalled shop: refused']);
  });

  it('sends nothing past a gap in the journal', async () => {
    await fixture.record('shop', 4);
    const { journal } = fixture;
    const readAll: typeof journal.readAll = async (tenant, options) =>
      (await journal.readAll(tenant, options)).filter(({ sequence }) => sequence !== 3);
    relayOf({ journal: { readAll } });
    await until(() => incidents.length > 0);
    expect(incidents).toEqual(['feed_stalled shop: The journal has 4 after 2.']);
    await until(() => fixture.sent('shop').length === 2);
    expect(fixture.sent('shop')).toEqual([1, 2]);
  });

  it('sends the stored bytes of each tenant in order', async () => {
    await fixture.record('shop', 7);
    await fixture.record('bank', 3);
    relayOf({ batch: 2 });
    await until(() => fixture.seen.length === 10);
    expect([fixture.sent('shop'), fixture.sent('bank')]).toEqual([upTo(7), upTo(3)]);
    const stored = await fixture.journal.readAll('shop', { after: 0, limit: 10 });
    const values = fixture.seen.filter(({ key }) => key === 'shop').map(({ value }) => Buffer.from(value));
    expect(values).toEqual(stored.map(({ bytes }) => Buffer.from(bytes)));
  });

  it('goes on behind its mark after a stop', async () => {
    const marks = memoryMarks();
    await fixture.record('shop', 5);
    const relay = relayOf({ marks });
    await until(() => marks.held.get('shop') === 5);
    await relay.stop();
    await fixture.record('shop', 2);
    relay.start();
    await until(() => fixture.sent('shop').length === 7);
    expect(fixture.sent('shop')).toEqual(upTo(7));
  });

  it('runs after a start that came while it was still stopping', async () => {
    await fixture.record('shop', 1);
    const relay = relayOf();
    await until(() => fixture.seen.length === 1);
    const stopping = relay.stop();
    relay.start();
    await stopping;
    await fixture.record('bank', 1);
    await until(() => fixture.sent('bank').length === 1);
  });

  it('sends again what a crash between acknowledgement and mark left unmarked', async () => {
    let crashed = true;
    const marks = memoryMarks(() => crashed);
    await fixture.record('shop', 4);
    const dying = relayOf({ marks, batch: 3 });
    await until(() => incidents.length > 0);
    await dying.stop();
    expect(marks.held).toEqual(new Map());
    crashed = false;
    relayOf({ marks });
    await until(() => marks.held.get('shop') === 4);
    await until(() => fixture.sent('shop').length === 7);
    expect(fixture.sent('shop')).toEqual([1, 2, 3, 1, 2, 3, 4]);
  });

  it('does not send over and over while only the marks are away', async () => {
    let away = true;
    let tries = 0;
    const marks = memoryMarks(() => (tries++, away));
    await fixture.record('shop', 4);
    relayOf({ marks });
    await until(() => tries > 3);
    expect(incidents).toHaveLength(1);
    away = false;
    await until(() => marks.held.get('shop') === 4);
    expect(fixture.sent('shop')).toEqual(upTo(4));
  });

  it('begins again at a record that failed in the middle, so that nothing is missing behind it', async () => {
    let sends = 0;
    await fixture.record('shop', 6);
    relayOf({ bus: moodyBus(fixture.bus, () => (++sends === 3 ? 'refused' : 'taken')) });
    await until(() => fixture.sent('shop').length >= 11);
    expect(fixture.sent('shop')).toEqual([1, 2, 4, 5, 6, ...upTo(6)]);
  });

  it('comes down to a size that the broker takes', async () => {
    const { bus } = fixture;
    let serialize = 0;
    const send: typeof bus.send = async (record) => {
      if (++serialize === 1) setImmediate(() => (serialize = 0));
      await new Promise((done) => setImmediate(done));
      if (serialize > 2) throw new Error('too large');
      await bus.send(record);
    };
    await fixture.record('shop', 8);
    const marks = memoryMarks();
    relayOf({ bus: { send }, marks });
    await until(() => marks.held.get('shop') === 8);
  });

  it('lets a tenant whose records are refused, or never answered, hold up no other', async () => {
    for (const tenant of ['broken', 'shop']) await fixture.record(tenant, 5);
    const { journal } = fixture;
    let answer = (): void => {};
    const late = new Promise<readonly []>((done) => (answer = () => done([])));
    const readAll: typeof journal.readAll = (tenant, options) =>
      tenant === 'silent' ? late : journal.readAll(tenant, options);
    const tenants = {
      sizes: async () => {
        const { sizes } = await fixture.tenants.sizes(null);
        return { sizes: new Map([['broken', 5], ['silent', 1], ...sizes] as const), until: null };
      },
    };
    const bus = moodyBus(fixture.bus, (key) => (key === 'broken' ? 'refused' : 'taken'));
    relayOf({ tenants, journal: { readAll }, bus });
    await until(() => fixture.sent('shop').length === 5);
    await fixture.record('shop', 5);
    await until(() => fixture.sent('shop').length === 10);
    expect(fixture.sent('broken')).toEqual([]);
    answer();
  });

  it('rides over a broker, a journal and a list of tenants that are away for a while', async () => {
    let away = true;
    const { journal, tenants } = fixture;
    const gone = (): void => {
      if (away) throw new JournalUnavailable('away');
    };
    await fixture.record('shop', 3);
    fixture.broker.away = true;
    relayOf({
      journal: { readAll: async (...asked) => (gone(), journal.readAll(...asked)) },
      tenants: { sizes: async (since) => (gone(), tenants.sizes(since)) },
    });
    await until(() => incidents.includes('feed_stalled away'));
    away = false;
    await until(() => incidents.includes('feed_stalled shop: the broker is away'));
    fixture.broker.away = false;
    await until(() => fixture.sent('shop').length === 3);
    expect(fixture.sent('shop')).toEqual(upTo(3));
  });

  it('finds a tenant that came later', async () => {
    relayOf();
    await fixture.record('late', 2);
    await until(() => fixture.sent('late').length === 2, 1_000);
  });

  it('reads no log but those that grew, however many there are', async () => {
    const all = Array.from({ length: 200 }, (_, at) => `idle-${at}`);
    const marks = memoryMarks();
    for (const tenant of all) {
      await fixture.record(tenant, 1);
      marks.held.set(tenant, 1);
    }
    const read: string[] = [];
    let looks = 0;
    const { journal, tenants } = fixture;
    relayOf({
      marks,
      journal: { readAll: (tenant, options) => (read.push(tenant), journal.readAll(tenant, options)) },
      tenants: { sizes: (since) => (looks++, tenants.sizes(since)) },
    });
    await until(() => looks > 3);
    expect(read).toEqual([]);
    // Written by another process: nobody wakes the relay.
    for (const tenant of ['idle-7', 'idle-9']) await fixture.record(tenant, 2);
    await until(() => fixture.seen.length === 4);
    await until(() => looks > 30);
    expect(new Set(read)).toEqual(new Set(['idle-7', 'idle-9']));
    const before = read.length;
    const after = looks;
    await until(() => looks > after + 30);
    expect(read.length).toBe(before);
  });

  it('asks the journal little at a time when all tenants are behind', async () => {
    const all = Array.from({ length: 100 }, (_, at) => `tenant-${at}`);
    for (const tenant of all) await fixture.record(tenant, 1);
    const { journal } = fixture;
    let asking = 0;
    let most = 0;
    relayOf({
      journal: {
        async readAll(tenant, options) {
          most = Math.max(most, ++asking);
          await new Promise(setImmediate);
          asking -= 1;
          return journal.readAll(tenant, options);
        },
      },
    });
    await until(() => all.every((tenant) => fixture.sent(tenant).length === 1));
    expect(most).toBeLessThanOrEqual(4);
  });

  it('sends what comes at whatever moment a quiet tenant is given up', async () => {
    relayOf();
    for (let count = 1; count <= 60; count += 1) {
      await fixture.record('shop', 1);
      await until(() => fixture.sent('shop').length === count);
      await new Promise((done) => setTimeout(done, count / 3));
    }
  });

  it('looks at once when it is woken, also at a tenant that is new', async () => {
    await fixture.record('shop', 1);
    const marks = memoryMarks();
    marks.held.set('shop', 1);
    const relay = relayOf({ marks, idleMs: 60_000 });
    await fixture.record('shop', 1);
    relay.wake('shop');
    await until(() => fixture.seen.length === 1);
    await fixture.record('late', 1);
    relay.wake('late');
    await until(() => fixture.seen.length === 2);
    expect(fixture.seen.map(sequenceOf)).toEqual([2, 1]);
  });

  it('lets what comes soon after a batch gather for the next one', async () => {
    await fixture.record('shop', 1);
    const marks = memoryMarks();
    const relay = relayOf({ marks, idleMs: 300 });
    await until(() => marks.held.get('shop') === 1);
    for (let left = 5; left > 0; left -= 1) {
      await fixture.record('shop', 1);
      relay.wake('shop');
    }
    const told = new Set<number | undefined>();
    await until(() => told.add(marks.held.get('shop')).has(6));
    expect(told).toEqual(new Set([1, 6]));
  });
});
