import { jest } from '@jest/globals';
import { type PostgresUnderTest, sampleCommit, sampleWrite, startPostgres } from '@sallyport/testing';
import { as, ask, emptied, passwords, wrap } from '../test/faults.fixture.ts';
import { migrate } from './migrate.ts';
import { openPostgresJournal } from './postgres-journal.ts';
import { type RoleName, ROLES } from './roles.ts';
import { SCHEMA_VERSION } from './schema.ts';

// Containers start and servers go away, perhaps on a busy machine.
jest.setTimeout(60_000);

const TABLES = [
  ...[
    'tenants',
    'logs',
    'events',
    'commands',
    'sealed',
    'pseudonyms',
    'subject_keys',
    'leases',
    'relay_marks',
    'texts',
  ],
  'erasures',
  'connections',
];
const OF_TENANT = ['logs', 'events', 'commands', 'sealed', 'pseudonyms', 'subject_keys'];
const names = Object.keys(ROLES) as RoleName[];
const DENIED = { code: '42501' };

let postgres: PostgresUnderTest;

beforeAll(async () => {
  postgres = await startPostgres();
  await emptied(postgres);
  const { journal, directory, leases, marks, close } = await openPostgresJournal({
    connection: as('audit', postgres),
    wrap,
  });
  for (const tenant of ['shop', 'bank']) {
    const write = sampleWrite('call/1', 0);
    const sealed = [
      { event: write.events[0]?.id ?? '', field: 'arguments', subject: 'sub_alice', salt: 's', value: '{}' },
    ];
    await journal.commit({ ...sampleCommit([write], { sealed }), tenant });
    await directory.refOf(tenant, 'sub', 'alice');
    await marks.advance(tenant, 1);
  }
  await leases.take({ name: 'reply', slots: 1, holder: 'a', ttlMs: 60_000 });
  await close();
});
afterAll(() => postgres.stop());

/** Some statements in one transaction of a role, about a tenant. */
const within = (role: RoleName, tenant: string, ...statements: string[]) =>
  ask(as(role, postgres), 'BEGIN', `SELECT set_config('sallyport.tenant', '${tenant}', true)`, ...statements);

describe.each(names)('%s', (role) => {
  // What is kept of a sign-in goes when its user wants that.
  const erasable = { audit: ['sealed', 'pseudonyms', 'subject_keys'], gateway: ['connections'], reader: [] }[role];
  it.each(TABLES)('may not delete from, truncate or drop %s, but what can be erased', async (table) => {
    for (const act of [
      ...(erasable.some((each) => each === table) ? [] : [`DELETE FROM sallyport.${table}`]),
      `TRUNCATE sallyport.${table}`,
      `DROP TABLE sallyport.${table}`,
    ])
      await expect(within(role, 'shop', act)).rejects.toMatchObject(DENIED);
  });

  it('may not update what was recorded, nor make a log shorter', async () => {
    const acts = [
      "UPDATE sallyport.tenants SET tenant = 'other'",
      "UPDATE sallyport.events SET bytes = 'x'",
      'UPDATE sallyport.commands SET first = 7',
      "UPDATE sallyport.sealed SET value = 'x'",
      "UPDATE sallyport.subject_keys SET wrapped = 'x'",
      "UPDATE sallyport.pseudonyms SET ref = 'x'",
      "UPDATE sallyport.logs SET tenant = 'other'",
      'UPDATE sallyport.logs SET size = size - 1',
      'UPDATE sallyport.schema_version SET version = 9',
    ];
    for (const act of acts) await expect(within(role, 'shop', act)).rejects.toMatchObject(DENIED);
  });

  it('may not switch the rules off, nor make anything', async () => {
    const acts = [
      'ALTER TABLE sallyport.events DISABLE TRIGGER ALL',
      'ALTER TABLE sallyport.events DISABLE ROW LEVEL SECURITY',
      'DROP POLICY events_of_tenant ON sallyport.events',
      'CREATE TABLE sallyport.mine (a integer)',
      "SET session_replication_role = 'replica'",
      `SET ROLE ${postgres.owner.user}`,
    ];
    for (const act of acts) await expect(within(role, 'shop', act)).rejects.toMatchObject(DENIED);
  });

  const hidden = role === 'reader' ? ['sealed', 'subject_keys'] : ['logs'];
  const readable = OF_TENANT.filter((table) => !hidden.includes(table));
  it.each(readable)('sees of %s no row without a tenant, and those of its tenant alone with one', async (table) => {
    const rows = `SELECT tenant FROM sallyport.${table}`;
    expect(await ask(as(role, postgres), rows)).toEqual([]);
    expect(await within(role, '', rows)).toEqual([]);
    expect(await within(role, 'shop', rows)).toEqual([{ tenant: 'shop' }]);
    expect(await within(role, 'shop', `${rows} WHERE tenant = 'bank'`)).toEqual([]);
  });

  it('sees how long all logs are only if it follows all, and makes none of another tenant longer', async () => {
    const sizes = 'SELECT tenant, size::integer FROM sallyport.sizes(NULL) WHERE tenant IS NOT NULL ORDER BY 1';
    const all = ['bank', 'shop'].map((tenant) => ({ tenant, size: 1 }));
    expect(await ask(as(role, postgres), sizes)).toEqual(role === 'reader' ? [] : all);
    if (role !== 'audit') return;
    const longer = "UPDATE sallyport.logs SET size = size + 1 WHERE tenant = 'bank' RETURNING size";
    expect(await within(role, 'shop', longer)).toEqual([]);
    await expect(within(role, 'shop', "INSERT INTO sallyport.logs VALUES ('new', 0)")).rejects.toMatchObject(DENIED);
  });

  it('sees the names of all tenants', async () => {
    const rows = await ask(as(role, postgres), 'SELECT tenant FROM sallyport.tenants ORDER BY 1');
    expect(rows).toEqual([{ tenant: 'bank' }, { tenant: 'shop' }]);
  });
});

it('a text is kept by gateways and audit, is what its digest says, and no station adds one', async () => {
  const digest = "'sha256:ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0'"; // of "abc"
  for (const role of ['gateway', 'audit'] as const) {
    const kept = [`SELECT sallyport.keep_text(${digest}, 'abc')`, 'SELECT text FROM sallyport.texts'];
    expect(await within(role, '', ...kept)).toEqual([{ text: 'abc' }]);
    await expect(within(role, '', "INSERT INTO sallyport.texts VALUES ('sha256:x', 'abc')")).rejects.toMatchObject({
      code: '23514',
    });
    await expect(within(role, '', "UPDATE sallyport.texts SET text = 'x'")).rejects.toMatchObject(DENIED);
  }
  expect(await within('reader', '', 'SELECT text FROM sallyport.texts')).toEqual([]);
  await expect(within('reader', '', `SELECT sallyport.keep_text(${digest}, 'abc')`)).rejects.toMatchObject(DENIED);
});

it('what is kept of sign-ins is for gateways alone, each tenant apart', async () => {
  const keep = (tenant: string) => `SELECT sallyport.replace_connection('${tenant}', 'up/a', NULL, 'sealed')`;
  const rows = 'SELECT tenant, sealed FROM sallyport.connections';
  expect(await within('gateway', 'shop', keep('shop'), rows)).toEqual([{ tenant: 'shop', sealed: 'sealed' }]);
  expect(await within('gateway', '', rows)).toEqual([]);
  for (const role of ['audit', 'reader'] as const)
    for (const act of [keep('shop'), rows, "SELECT * FROM sallyport.connections_of('shop', NULL)"])
      await expect(within(role, 'shop', act)).rejects.toMatchObject(DENIED);
});

it('what is sealed is refused to the stations, which judge and show nothing', async () => {
  for (const question of ['SELECT value FROM sallyport.sealed', "SELECT sallyport.open_sealed('shop', 'e')"])
    await expect(within('reader', 'shop', question)).rejects.toMatchObject(DENIED);
});

describe('an insert', () => {
  const INSERTS = [
    "sallyport.tenants VALUES ('bank2')",
    "sallyport.logs VALUES ('bank2', 0)",
    "sallyport.events VALUES ('bank', 2, 2, 'call/1', 'i', 't', 'l', 'b')",
    "sallyport.commands VALUES ('bank', 'c', 2, 1)",
    "sallyport.sealed VALUES ('bank', 'e', 'f', 's', 'v')",
    "sallyport.pseudonyms VALUES ('bank', 'sub', 'bob', 'sub_b')",
  ];

  it.each(INSERTS)('for another tenant, or for none named, is refused to audit too: %s', async (row) => {
    await expect(within('audit', 'shop', `INSERT INTO ${row}`)).rejects.toMatchObject(DENIED);
    await expect(ask(as('audit', postgres), `INSERT INTO ${row}`)).rejects.toMatchObject(DENIED);
  });

  it('into the record is refused to those who read', async () => {
    for (const role of ['gateway', 'reader'] as const)
      for (const row of INSERTS.slice(0, 5))
        await expect(within(role, 'bank\nbank2', `INSERT INTO ${row}`)).rejects.toMatchObject(DENIED);
    await expect(
      within('reader', 'bank', "INSERT INTO sallyport.leases VALUES ('reply', 1, 'b', 't', now())"),
    ).rejects.toMatchObject(DENIED);
    await expect(
      within('gateway', 'bank', "INSERT INTO sallyport.relay_marks VALUES ('bank', 9)"),
    ).rejects.toMatchObject(DENIED);
  });
});

describe('the owner', () => {
  it.each(['tenants', 'events', 'commands'])('may not change %s', async (table) => {
    for (const act of [
      `UPDATE sallyport.${table} SET tenant = 'x'`,
      `DELETE FROM sallyport.${table}`,
      `TRUNCATE sallyport.${table}`,
    ]) {
      await expect(ask(postgres.owner, act)).rejects.toThrow(`${table} is append-only`);
      await expect(ask(postgres.owner, "SET session_replication_role = 'replica'", act)).rejects.toThrow('append-only');
    }
  });

  it('may not make a log or a mark go back, nor take it away', async () => {
    for (const act of [
      'UPDATE sallyport.logs SET size = 0',
      'DELETE FROM sallyport.logs',
      'TRUNCATE sallyport.relay_marks',
    ])
      await expect(ask(postgres.owner, act)).rejects.toThrow('never goes back');
  });
});

describe('the migration', () => {
  it('may run again and twice at once, keeps what is there, and changes passwords', async () => {
    const next = { ...passwords, reader: "new'\\password" };
    await Promise.all([1, 2, 3].map(() => migrate({ connection: postgres.owner, passwords: next })));
    await expect(ask(as('reader', postgres), 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    const reader = { ...as('reader', postgres), password: next.reader };
    expect(await ask(reader, 'SELECT tenant FROM sallyport.tenants')).toHaveLength(2);
    await migrate({ connection: postgres.owner, passwords });
  });

  it('may run on several databases of one server at once, which share the roles', async () => {
    const databases = ['first', 'second', 'third'];
    for (const database of databases) await ask(postgres.owner, `CREATE DATABASE ${database}`);
    const connections = databases.map((database) => ({ ...postgres.owner, database }));
    await Promise.all(connections.map((connection) => migrate({ connection, passwords })));
    for (const connection of connections)
      expect(await ask({ ...as('reader', postgres), database: connection.database }, 'SELECT 1')).toHaveLength(1);
  });

  it('leaves a newer schema alone', async () => {
    await ask(postgres.owner, 'UPDATE sallyport.schema_version SET version = 99');
    await expect(migrate({ connection: postgres.owner, passwords })).rejects.toMatchObject({ code: 'postgres_schema' });
    await expect(openPostgresJournal({ connection: as('audit', postgres), wrap })).rejects.toThrow(
      /has journal schema 99/,
    );
    await ask(postgres.owner, `UPDATE sallyport.schema_version SET version = ${SCHEMA_VERSION}`);
  });
});

describe('a question for one kind of streams', () => {
  it('is answered by its index, under the rules of the role', async () => {
    const plan = await within(
      'gateway',
      'shop',
      `EXPLAIN SELECT bytes FROM sallyport.events WHERE tenant = 'shop' AND kind = 'approval' AND kind <> 'call'
        AND sequence > 0 ORDER BY sequence LIMIT 10`,
    );
    expect(JSON.stringify(plan)).toContain('Index Scan using events_by_kind');
  });
});
