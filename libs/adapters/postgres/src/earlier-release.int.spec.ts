import { jest } from '@jest/globals';
import type { NewEvent } from '@sallyport/contracts';
import { type PostgresUnderTest, sampleCommit, sampleEvent, sampleWrite, startPostgres } from '@sallyport/testing';
import { as, ask, emptied, passwords, wrap } from '../test/faults.fixture.ts';
import { migrate } from './migrate.ts';
import { openPostgresJournal } from './postgres-journal.ts';

// A container starts, perhaps on a busy machine.
jest.setTimeout(60_000);

let postgres: PostgresUnderTest;

beforeAll(async () => {
  postgres = await startPostgres();
  await emptied(postgres);
});
afterAll(() => postgres.stop());

const eventOf = (type: NewEvent['type'], data: object): NewEvent =>
  ({ ...sampleEvent(), type, data: { tenant: 'shop', ...data } }) as NewEvent;
const streams = [
  {
    stream: 'call/1',
    events: [eventOf('call.decided', { subject: { ref: 'sub_alice' } }), eventOf('client_request.decided', {})],
  },
  { stream: 'approval/1', events: [eventOf('approval.requested', { requester: { ref: 'sub_alice' } })] },
  { stream: 'call/2', events: [eventOf('call.decided', { subject: { ref: 'sub_bob' } })] },
];
const events = streams.flatMap((one) => one.events);
const open = () => openPostgresJournal({ connection: as('audit', postgres), wrap });

it('values that lie there in the clear are told whose they are, read, and erased', async () => {
  const before = await open();
  for (const { stream, events: of } of streams)
    await before.journal.commit(sampleCommit([{ stream, expectedVersion: 0, events: of }]));
  await before.close();
  const insert = ({ id }: NewEvent) =>
    `INSERT INTO sallyport.sealed VALUES ('shop', '${id}', 'arguments', 's', 'soup')`;
  await ask(
    postgres.owner,
    'DROP TABLE sallyport.subject_keys, sallyport.erasures, sallyport.connections',
    'ALTER TABLE sallyport.sealed DROP COLUMN key, DROP COLUMN subject',
    'DROP POLICY logs_sizes ON sallyport.logs',
    'ALTER TABLE sallyport.logs DROP COLUMN moved',
    'UPDATE sallyport.schema_version SET version = 3',
    "SELECT set_config('sallyport.tenant', 'shop', false)",
    ...events.map(insert),
  );

  await migrate({ connection: postgres.owner, passwords });
  const { journal, tenants, vault, close } = await open();
  const subjectsNow = async () =>
    (await Promise.all(events.map(({ id }) => vault.open('shop', id))))
      .flat()
      .map(({ subject, value }) => [subject, value]);
  const alices = [1, 2, 3].map(() => ['sub_alice', 'soup']);
  expect(await subjectsNow()).toEqual([...alices, ['sub_bob', 'soup']]);
  await journal.commit(sampleCommit([sampleWrite('tenant/shop', 'any')], { erases: ['sub_alice'] }));
  expect(await subjectsNow()).toEqual([['sub_bob', 'soup']]);
  const { sizes, until } = await tenants.sizes(null);
  expect(sizes).toEqual(new Map([['shop', events.length + 1]]));
  expect((await tenants.sizes(until)).sizes).toEqual(new Map());
  await close();
});
