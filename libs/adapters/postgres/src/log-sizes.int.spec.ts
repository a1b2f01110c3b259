import { jest } from '@jest/globals';
import { Client } from 'pg';
import { type PostgresUnderTest, sampleCommit, sampleWrite, startPostgres } from '@sallyport/testing';
import { as, ask, emptied, wrap } from '../test/faults.fixture.ts';
import { openPostgresJournal, type PostgresJournal } from './postgres-journal.ts';

// A container starts, perhaps on a busy machine.
jest.setTimeout(60_000);

let postgres: PostgresUnderTest;
let opened: PostgresJournal;

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());
beforeEach(async () => {
  await emptied(postgres);
  opened = await openPostgresJournal({ connection: as('audit', postgres), wrap });
  for (const tenant of ['bank', 'shop', 'zoo']) await commit(tenant);
});
afterEach(() => opened.close());

const commit = (tenant: string) =>
  opened.journal.commit({ ...sampleCommit([sampleWrite(`call/${next++}`, 0)]), tenant });
let next = 0;

it('names no log that did not grow', async () => {
  const { until } = await opened.tenants.sizes(null);
  expect((await opened.tenants.sizes(until)).sizes).toEqual(new Map());
  await commit('shop');
  const { sizes, until: later } = await opened.tenants.sizes(until);
  expect(sizes).toEqual(new Map([['shop', 2]]));
  expect((await opened.tenants.sizes(later)).sizes).toEqual(new Map());
});

it('names a log whose transaction began before an answer and ended after it', async () => {
  const slow = new Client(as('audit', postgres));
  await slow.connect();
  try {
    await slow.query('BEGIN');
    await slow.query("SELECT set_config('sallyport.tenant', 'shop', true)");
    await slow.query("UPDATE sallyport.logs SET size = 2, moved = pg_current_xact_id() WHERE tenant = 'shop'");
    await commit('bank');
    let { until } = await opened.tenants.sizes(null);
    ({ until } = await opened.tenants.sizes(until));
    await slow.query('COMMIT');
    expect((await opened.tenants.sizes(until)).sizes.get('shop')).toBe(2);
  } finally {
    await slow.end();
  }
});

it('is not misled by what another server counted, from which the database was restored', async () => {
  const { until } = await opened.tenants.sizes(null);
  const ahead = '9000000000';
  await ask(postgres.owner, `UPDATE sallyport.logs SET moved = '${ahead}' WHERE tenant = 'bank'`);
  await commit('shop');
  expect((await opened.tenants.sizes(until)).sizes).toEqual(new Map([['shop', 2]]));
  expect((await opened.tenants.sizes(ahead)).sizes.size).toBe(3);
  await commit('bank');
  expect((await opened.tenants.sizes(until)).sizes.get('bank')).toBe(2);
});
