// @ts-check
// Keeps the feed in a SQLite table, byte for byte, and says which records it lacks.
import { DatabaseSync } from 'node:sqlite';
import { randomUUID } from 'node:crypto';
import { Kafka } from 'kafkajs';
import { lineOf } from './completeness.mjs';
import { clientOf, feedOptions, onStop } from './feed-options.mjs';

const usage = `npx node examples/consumers/sqlite-sink.mjs [--db <file>] [--brokers <host:port,…>] [--topic <name>] [--from-beginning]
npx node examples/consumers/sqlite-sink.mjs [--db <file>] --check

Stores every record until Ctrl-C, and goes on next time where it stopped; --from-beginning reads the whole topic once more.
--check reads no topic. It prints a line per tenant; exit code 0 if nothing is missing, else 1.`;

const own = {
  db: { type: /** @type {const} */ ('string'), default: 'feed.db' },
  check: { type: /** @type {const} */ ('boolean'), default: false },
};
const { brokers, topic, db: file, check, 'from-beginning': fromBeginning } = feedOptions({ usage, own });

const db = new DatabaseSync(file);
db.exec(`
  pragma journal_mode = wal;
  create table if not exists records (
    tenant text not null,
    sequence integer not null,
    type text not null,
    time text not null,
    event blob not null,
    primary key (tenant, sequence)
  ) strict, without rowid`);

/** A number is missing where the one before the next record that is there isn't the one after the last that was. */
const gaps = db.prepare(`
  select tenant, before + 1 as "from", sequence - 1 as "to" from (
    select tenant, sequence, lag(sequence, 1, 0) over (partition by tenant order by sequence) as before from records
  ) where sequence > before + 1 order by tenant, sequence`);
const totals = db.prepare(
  `select tenant, count(*) as records, max(sequence) as last from records group by tenant order by tenant`,
);

/** Prints what is there and what is not. @returns {boolean} whether nothing is missing */
function report() {
  const tenants = totals.all();
  if (tenants.length === 0) console.log('No records yet.');
  const missing = gaps.all().map(({ tenant, from, to }) => ({ tenant, from: Number(from), to: Number(to) }));
  for (const { tenant, records, last } of tenants) {
    const own = missing.filter((gap) => gap.tenant === tenant);
    console.log(
      lineOf({ tenant: String(tenant), records: Number(records), first: 1, last: Number(last), missing: own }),
    );
  }
  return tenants.length > 0 && missing.length === 0;
}

// A record that comes again is the same record: the key is taken, and nothing happens.
const insert = db.prepare(
  `insert into records (tenant, sequence, type, time, event) values (?, ?, ?, ?, ?) on conflict do nothing`,
);

/**
 * The row of a record; null for one that is no event, which another try would not put right.
 *
 * @param {import('kafkajs').KafkaMessage} message
 */
function rowOf({ key, value, offset }) {
  try {
    const { sequence, type, time } = JSON.parse(String(value));
    if (key && value && Number(sequence) > 0) return [String(key), Number(sequence), String(type), String(time), value];
  } catch {
    // Told below.
  }
  console.error(`No event at offset ${offset}: left out.`);
  return null;
}

/** All of them or none. @param {import('kafkajs').KafkaMessage[]} messages @returns {number} records added */
function store(messages) {
  const rows = messages.map(rowOf).filter((row) => row !== null);
  db.exec('begin immediate');
  try {
    const added = rows.reduce((sum, row) => sum + Number(insert.run(...row).changes), 0);
    db.exec('commit');
    return added;
  } catch (error) {
    db.exec('rollback');
    throw error;
  }
}

async function follow() {
  const groupId = fromBeginning ? `feed-sqlite-sink-${randomUUID()}` : 'feed-sqlite-sink';
  const consumer = new Kafka(clientOf(brokers, process.env)).consumer({
    groupId,
    sessionTimeout: 6_000,
    maxWaitTimeInMs: 500,
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  onStop(async () => {
    await consumer.disconnect();
    process.exitCode = report() ? 0 : 1;
    db.close();
  });
  await consumer.run({
    // One transaction a batch. Offsets are committed after it, so a crash in between stores twice what is kept once.
    eachBatch: async ({ batch: { messages, partition } }) => {
      const added = store(messages);
      if (added > 0) console.log(`partition ${partition}: ${added} records stored`);
    },
  });
}

if (check) {
  process.exitCode = report() ? 0 : 1;
  db.close();
} else {
  await follow();
}
