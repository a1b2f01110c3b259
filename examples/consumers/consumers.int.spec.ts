import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openKafkaBus } from '@sallyport/adapter-kafka';
import { createMemoryJournal } from '@sallyport/adapter-memory';
import type { Bus } from '@sallyport/contracts';
import { createRelay } from '@sallyport/journal';
import { sampleEvent, sharedKafka, type SharedKafka } from '@sallyport/testing';

const folder = import.meta.dirname;
const marks = { read: async () => new Map<string, number>(), advance: async () => {} };
const observer = { incident: () => {} };

let kafka: SharedKafka;
let bus: Bus;
let data: string;
beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'consumers-'));
  kafka = await sharedKafka();
  bus = await openKafkaBus({ client: 'kafkajs', brokers: kafka.brokers, clientId: 'relay' });
}, 120_000);
afterAll(async () => {
  await bus?.close();
  await kafka.stop();
  rmSync(data, { recursive: true });
});

/** A consumer in a process of its own. */
interface Consumer {
  printed(text: string): Promise<void>;
  /** Ctrl-C; what it printed last, and its exit code. */
  interrupt(): Promise<{ readonly lines: readonly string[]; readonly code: number | null }>;
}

function start(program: string, ...args: string[]): Consumer {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', resolve(folder, program), ...args]);
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
  const ended = codeOf(child);
  return {
    async printed(what) {
      const deadline = Date.now() + 20_000;
      while (!text.includes(what)) {
        if (Date.now() > deadline || child.exitCode !== null)
          throw new Error(`${program} never said "${what}":\n${text}`);
        await new Promise((done) => setTimeout(done, 50));
      }
    },
    async interrupt() {
      text = '';
      child.kill('SIGINT');
      const code = await ended;
      return { lines: text.trim().split('\n'), code };
    },
  };
}

function codeOf(child: ChildProcess): Promise<number | null> {
  return new Promise((done) => child.on('close', (code) => done(code)));
}

async function check(db: string): Promise<{ readonly lines: readonly string[]; readonly code: number | null }> {
  const child = spawn(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    resolve(folder, 'sqlite-sink.mjs'),
    '--check',
    '--db',
    db,
  ]);
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
  const code = await codeOf(child);
  return { lines: text.trim().split('\n'), code };
}

/** 25 events of each of two tenants, through the relay into a topic. `drop` never gets there. */
async function fill(topic: string, drop?: { readonly tenant: string; readonly sequence: number }) {
  const { journal, tenants } = createMemoryJournal();
  for (const tenant of ['bank', 'shop']) {
    const events = Array.from({ length: 25 }, (_, calls) => sampleEvent({ tenant, calls }));
    await journal.commit({
      tenant,
      commandId: tenant,
      writes: [{ stream: `tenant/${tenant}`, expectedVersion: 0, events }],
    });
  }
  await bus.ensure([{ topic, partitions: 3 }]);
  const send: Bus['send'] = async (record) => {
    const lost = record.key === drop?.tenant && Number(record.headers?.ce_sequence) === drop?.sequence;
    if (!lost) await bus.send(record);
  };
  const relay = createRelay({ journal, tenants, marks, bus: { send }, topic, observer, batch: 10, idleMs: 20 });
  relay.start();
  return { journal, relay };
}

describe('consumers of the feed', () => {
  it('name the record that is missing', async () => {
    const topic = 'dropped.audit.v1';
    const db = join(data, 'dropped.db');
    const { relay } = await fill(topic, { tenant: 'shop', sequence: 13 });
    const common = ['--brokers', kafka.brokers.join(), '--topic', topic, '--from-beginning'];
    const nest = start('nest-consumer.mjs', ...common);
    const sink = start('sqlite-sink.mjs', ...common, '--db', db);
    const expected = ['bank: complete, 25 records, 1 to 25', 'shop: INCOMPLETE, 24 records, 1 to 25, missing 13'];
    await Promise.all([nest.printed(expected[1] ?? ''), stored(db, 49)]);
    expect(await nest.interrupt()).toEqual({ lines: expected, code: 1 });
    expect(await sink.interrupt()).toEqual({ lines: expected, code: 1 });
    expect(await check(db)).toEqual({ lines: expected, code: 1 });
    await relay.stop();
  }, 60_000);

  it('say that everything is there, and the sink has it byte for byte', async () => {
    const topic = 'whole.audit.v1';
    const db = join(data, 'whole.db');
    const common = ['--brokers', kafka.brokers.join(), '--topic', topic];
    const { journal, relay } = await fill(topic);
    const nest = start('nest-consumer.mjs', ...common, '--from-beginning');
    const sink = start('sqlite-sink.mjs', ...common, '--db', db);
    const expected = ['bank: complete, 25 records, 1 to 25', 'shop: complete, 25 records, 1 to 25'];
    await Promise.all([nest.printed(expected[1] ?? ''), stored(db, 50)]);

    // A relay that crashed before its mark: everything comes again, and nobody counts it twice.
    await relay.stop();
    relay.start();
    await decided(journal);
    relay.wake('shop');
    await Promise.all([nest.printed('26 records'), stored(db, 51)]);
    await relay.stop();
    const afterwards = [expected[0], 'shop: complete, 26 records, 1 to 26'];
    expect(await sink.interrupt()).toEqual({ lines: afterwards, code: 0 });
    expect(await check(db)).toEqual({ lines: afterwards, code: 0 });
    expect(await nest.interrupt()).toEqual({
      lines: [expected[0], `${afterwards[1]}; decisions: 0 allow, 1 deny, 0 hold`],
      code: 0,
    });

    const rows = new DatabaseSync(db)
      .prepare('select event from records where tenant = ? order by sequence')
      .all('shop');
    const log = await journal.readAll('shop', { after: 0, limit: 100 });
    expect(rows.map(({ event }) => Buffer.from(event as Uint8Array))).toEqual(
      log.map(({ bytes }) => Buffer.from(bytes)),
    );
  }, 60_000);
});

/** A decision of the shop, as far as a consumer looks at it. */
async function decided({ commit }: ReturnType<typeof createMemoryJournal>['journal']): Promise<void> {
  const event = {
    ...sampleEvent(),
    type: 'call.decided' as const,
    data: { tenant: 'shop', decision: 'deny' } as never,
  };
  await commit({
    tenant: 'shop',
    commandId: 'decided',
    writes: [{ stream: 'call/01A', expectedVersion: 0, events: [event] }],
  });
}

/** Waits until the sink's table has so many rows. */
async function stored(file: string, count: number): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    if (countIn(file) === count) return;
    if (Date.now() > deadline) throw new Error(`${countIn(file)} records stored, not ${count}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

function countIn(file: string): number {
  try {
    const db = new DatabaseSync(file, { readOnly: true });
    const row = db.prepare('select count(*) as records from records').get();
    db.close();
    return Number(row?.records);
  } catch {
    // Not made yet, or just being written to.
    return 0;
  }
}
