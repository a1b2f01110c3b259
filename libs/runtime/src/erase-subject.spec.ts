import { createMemoryConnections, createMemoryJournal } from '@sallyport/adapter-memory';
import { createApprovals } from '@sallyport/approvals';
import { likenessName, type NewEvent } from '@sallyport/contracts';
import { eraseSubject } from './erase-subject.ts';
import { systemClock, systemIds } from './system.ts';

const tenant = 'shop';
const issuers = ['https://one.example', 'https://two.example'];
const digest = `sha256:${'a'.repeat(43)}`;
const by = { ref: `sub_${'o'.repeat(22)}`, issuer: 'local' };

/** A tenant in which alice and bob each wait for an answer. */
async function open() {
  const memory = createMemoryJournal();
  const { journal, directory } = memory;
  const ids = systemIds(systemClock);
  const approvals = createApprovals({ ...memory, clock: systemClock, ids, refuseAgainFor: () => 0 });
  const refs: Record<string, string> = {};
  for (const id of ['alice', 'bob']) {
    const ref = await directory.refOf(tenant, 'sub', `${issuers[0]}|${id}`);
    const likeness = await directory.refOf(tenant, 'sub', likenessName(id));
    refs[id] = ref;
    const data = {
      ...{ tenant, approval: `of-${id}`, call_id: 'C', call: digest, definition: null, resources: digest },
      requester: { ref, issuer: issuers[0], likeness },
      ...{
        upstream: 'orders',
        tool: 'cancel',
        needs: [{ who: 'other', count: 1, group: null, rule: 'r' }],
        ask: digest,
      },
      ...{ decide_by: new Date(systemClock.now() + 60_000).toISOString(), execute_within_ms: 60_000 },
    };
    const event = {
      ...{ id: `E-${id}`, type: 'approval.requested', time: new Date().toISOString(), source: '/audit' },
      ...{ traceparent: null, data },
    } as object as NewEvent;
    await journal.commit({
      ...{ tenant, commandId: `ask/${id}` },
      writes: [{ stream: `approval/of-${id}`, expectedVersion: 0, events: [event] }],
      sealed: [{ event: event.id, field: 'ask', subject: ref, salt: 's', value: `may ${id}?` }],
    });
  }
  const connections = createMemoryConnections();
  for (const ref of Object.values(refs)) await connections.replace(tenant, `up/${ref}`, null, 'sealed');
  const parts = { ...memory, connections, approvals, clock: systemClock, ids, issuersOf: () => issuers };
  const erase = (
    subject: string,
    { dryRun = false, issuer = null }: { dryRun?: boolean; issuer?: string | null } = {},
  ) => eraseSubject(parts, { tenant, subject, issuer, by, reason: 'asked_for', dryRun });
  const events = async () =>
    (await journal.readAll(tenant, { after: 0, limit: 50 })).map(({ type, bytes }) => ({
      type,
      data: JSON.parse(Buffer.from(bytes).toString()).data,
    }));
  return { ...memory, connections, approvals, refs, erase, events };
}

describe('nobody is erased', () => {
  it('where the id is of several issuers, until one is named', async () => {
    const { erase, directory, events } = await open();
    await directory.refOf(tenant, 'sub', `${issuers[1]}|alice`);
    expect(await erase('alice')).toMatchObject({ ok: false, reason: 'conflict' });
    expect(await events()).toHaveLength(2);
    expect(await erase('alice', { issuer: issuers[1] ?? '' })).toMatchObject({ ok: true, erased: true, sealed: false });
  });

  it('where nobody has that id, and no pseudonym is made', async () => {
    const { erase, subjects } = await open();
    expect(await erase('carol')).toEqual({
      ok: true,
      tenant,
      subject: null,
      sealed: false,
      approvals: 0,
      erased: false,
    });
    expect(await subjects.find(tenant, `${issuers[0]}|carol`)).toBeNull();
  });

  it('by a dry run, which tells what it would come to', async () => {
    const { erase, events, refs, directory } = await open();
    const would = { ok: true, tenant, subject: refs['alice'], sealed: true, approvals: 1, erased: false };
    expect(await erase('alice', { dryRun: true })).toEqual(would);
    expect(await events()).toHaveLength(2);
    expect(await directory.nameOf(tenant, refs['alice'] ?? '')).not.toBeNull();
  });
});

describe('somebody who is erased', () => {
  it('loses key, values, name and likeness with the event that says who did it and why; their question ends', async () => {
    const { erase, events, refs, vault, directory, subjects, approvals } = await open();
    const subject = refs['alice'] ?? '';
    const likeness = await subjects.find(tenant, likenessName('alice'));
    expect(await erase('alice')).toEqual({ ok: true, tenant, subject, sealed: true, approvals: 1, erased: true });
    const [erased, ended] = (await events()).slice(2);
    expect(erased).toEqual({
      type: 'subject.erased',
      data: { tenant, subject, likeness, actor: by, reason: 'asked_for' },
    });
    expect(ended).toMatchObject({ type: 'approval.expired', data: { approval: 'of-alice', reason: 'subject_erased' } });
    expect(JSON.stringify(await events())).not.toContain('alice@');
    expect(await vault.open(tenant, 'E-alice')).toEqual([]);
    expect(await directory.nameOf(tenant, subject)).toBeNull();
    expect(await subjects.find(tenant, likenessName('alice'))).toBeNull();
    const views = await approvals.list(tenant);
    expect(views.map(({ id, status }) => [id, status]).sort()).toEqual([
      ['of-alice', 'expired'],
      ['of-bob', 'requested'],
    ]);
    expect(await vault.open(tenant, 'E-bob')).toHaveLength(1);
  });

  it('may be erased again: by the name nobody is found, by the pseudonym nothing is left', async () => {
    const { erase, refs } = await open();
    await erase('alice');
    expect(await erase('alice')).toMatchObject({ subject: null, erased: false });
    expect(await erase(refs['alice'] ?? '')).toMatchObject({ sealed: false, approvals: 0, erased: true });
  });

  it('has another pseudonym when they come back', async () => {
    const { erase, refs, directory } = await open();
    await erase('alice');
    expect(await directory.refOf(tenant, 'sub', `${issuers[0]}|alice`)).not.toBe(refs['alice']);
  });
});

it('what is kept of a person’s sign-ins goes with them, and nobody else’s', async () => {
  const { connections, refs, erase } = await open();
  await erase('alice', { dryRun: true });
  expect(await connections.list(tenant)).toHaveLength(2);
  await erase('alice');
  expect(await connections.list(tenant)).toEqual([[`up/${refs['bob']}`, 'sealed']]);
});
