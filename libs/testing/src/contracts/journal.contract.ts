import { createHash } from 'node:crypto';
import type { Directory, Journal, Subjects, TenantList, Texts, Vault } from '@sallyport/contracts';
import { canonical } from '@sallyport/base';
import { erasing } from './erasing.contract.ts';
import { sampleCommit, sampleEvent, sampleWrite } from './journal.fixture.ts';

/** A journal with its side tables, as an adapter opens it. */
export interface OpenJournal {
  readonly journal: Journal;
  readonly vault: Vault;
  readonly directory: Directory;
  readonly subjects: Subjects;
  readonly tenants: TenantList;
  readonly texts: Texts;
  /** Closes it and opens the same data again; absent where nothing outlives the object. */
  readonly reopen?: () => Promise<OpenJournal>;
  readonly close?: () => Promise<void>;
}

/**
 * What every `Journal`, with its `Vault`, `Directory` and `TenantList`, must do.
 *
 * @param open gives an empty journal; it is closed after each case
 */
export function journalContract(name: string, open: () => Promise<OpenJournal>): void {
  describe(`${name} keeps the journal's contract`, () => {
    let opened: OpenJournal;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close?.());

    refusals(() => opened.journal);
    order(() => opened.journal);
    reading(() => opened);
    const reopen = async (): Promise<void> => {
      opened = (await opened.reopen?.()) ?? opened;
    };
    sideTables(() => opened, reopen);
    erasing(() => opened, reopen);
  });
}

function refusals(journal: () => Journal): void {
  it('answers a version that moved with a conflict and writes nothing, in any stream', async () => {
    await journal().commit(sampleCommit([sampleWrite('approval/1', 0, 2)]));
    const stale = sampleCommit([sampleWrite('call/1', 0), sampleWrite('approval/1', 1)]);
    expect(await journal().commit(stale)).toEqual({ status: 'conflict', stream: 'approval/1', version: 2 });
    expect(await journal().readStream('shop', 'call/1')).toEqual([]);
    expect(await journal().readAll('shop', { after: 0, limit: 10 })).toHaveLength(2);
    expect(await journal().commit(sampleCommit([sampleWrite('call/1', 0)]))).toEqual({ status: 'committed', first: 3 });
  });

  it('lets a refused command id be used again', async () => {
    const ahead = sampleCommit([sampleWrite('call/1', 1)]);
    expect(await journal().commit(ahead)).toEqual({ status: 'conflict', stream: 'call/1', version: 0 });
    await journal().commit(sampleCommit([sampleWrite('call/1', 0)]));
    expect(await journal().commit(ahead)).toEqual({ status: 'committed', first: 2 });
  });

  it('answers a command id that it knows with what the first commit wrote', async () => {
    const first = sampleCommit([sampleWrite('call/1', 0, 2)]);
    await journal().commit(first);
    const stored = await journal().readStream('shop', 'call/1');
    const again = await journal().commit({ ...first, writes: [sampleWrite('call/2', 'any')] });
    expect(again).toEqual({ status: 'duplicate', events: stored });
    expect(await journal().readAll('shop', { after: 0, limit: 10 })).toHaveLength(2);
  });

  it('lets exactly one of many at once have a command id, and one a version', async () => {
    const sameId = Array.from({ length: 20 }, (_, index) =>
      journal().commit({ ...sampleCommit([sampleWrite(`call/${index}`, 0)]), commandId: 'once' }),
    );
    const sameVersion = Array.from({ length: 20 }, () =>
      journal().commit(sampleCommit([sampleWrite('approval/1', 0)])),
    );
    const statuses = async (all: typeof sameId) => (await Promise.all(all)).map(({ status }) => status).sort();
    expect(await statuses(sameId)).toEqual(['committed', ...Array(19).fill('duplicate')]);
    expect(await statuses(sameVersion)).toEqual(['committed', ...Array(19).fill('conflict')]);
    expect(await journal().readAll('shop', { after: 0, limit: 100 })).toHaveLength(2);
  });

  it('throws on a commit without an event and on data that is not JSON, and nothing is left', async () => {
    await expect(journal().commit(sampleCommit([]))).rejects.toThrow(TypeError);
    const bad = { ...sampleEvent(), data: { tenant: 'shop', boot: '\ud800' } };
    const half = [sampleWrite('call/1', 0), { stream: 'call/2', expectedVersion: 0, events: [bad] }];
    await expect(journal().commit(sampleCommit(half))).rejects.toMatchObject({ code: 'lone_surrogate' });
    expect(await journal().readAll('shop', { after: 0, limit: 10 })).toEqual([]);
  });
}

function order(journal: () => Journal): void {
  it('skips the check for any, and sees earlier writes of the same commit', async () => {
    await journal().commit(sampleCommit([sampleWrite('tenant/shop', 'any')]));
    const twice = sampleCommit([sampleWrite('tenant/shop', 'any', 2), sampleWrite('tenant/shop', 3)]);
    expect(await journal().commit(twice)).toEqual({ status: 'committed', first: 2 });
    const stream = await journal().readStream('shop', 'tenant/shop');
    expect(stream.map(({ version }) => version)).toEqual([1, 2, 3, 4]);
  });

  it('numbers a tenant without gaps under concurrency, one commit in one piece', async () => {
    const commits = Array.from({ length: 200 }, (_, index) =>
      journal().commit(sampleCommit([sampleWrite(`call/${index}`, index % 5 ? 0 : 1), sampleWrite('flow/1', 'any')])),
    );
    const answers = await Promise.all(commits);
    const all = await journal().readAll('shop', { after: 0, limit: 1_000 });
    expect(all.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 320 }, (_, index) => index + 1));
    for (const [index, answer] of answers.entries()) {
      expect(answer.status).toBe(index % 5 ? 'committed' : 'conflict');
      if (answer.status !== 'committed') continue;
      const pair = all.slice(answer.first - 1, answer.first + 1).map(({ stream }) => stream);
      expect(pair).toEqual([`call/${index}`, 'flow/1']);
    }
  });

  it('gives each tenant its own numbers, streams and command ids', async () => {
    const commit = sampleCommit([sampleWrite('call/1', 0)], { commandId: 'same' });
    for (const tenant of ['shop', 'bank']) {
      expect(await journal().commit({ ...commit, tenant })).toEqual({ status: 'committed', first: 1 });
    }
    expect(await journal().readStream('bank', 'call/1')).toMatchObject([{ tenant: 'bank', sequence: 1, version: 1 }]);
    expect(await journal().readAll('nobody', { after: 0, limit: 10 })).toEqual([]);
  });
}

function reading(opened: () => OpenJournal): void {
  it('pages through everything once, oldest first', async () => {
    const { journal } = opened();
    await journal.commit(sampleCommit([sampleWrite('call/1', 0, 3), sampleWrite('call/2', 0, 4)]));
    const seen: number[] = [];
    for (let after = 0, page; (page = await journal.readAll('shop', { after, limit: 3 })).length > 0;) {
      expect(page.length).toBeLessThanOrEqual(3);
      seen.push(...page.map(({ sequence }) => sequence));
      after = seen.at(-1) ?? Infinity;
    }
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('reads the streams of one kind alone, with a limit on those', async () => {
    const { journal } = opened();
    for (const stream of ['approval/1', 'call/1', 'approvals/1', 'approval/2', 'call/2', 'approval/3'])
      await journal.commit(sampleCommit([sampleWrite(stream, 0)]));
    const of = async (after: number, limit: number) =>
      (await journal.readAll('shop', { after, limit, kind: 'approval' })).map(({ stream }) => stream);
    expect(await of(0, 2)).toEqual(['approval/1', 'approval/2']);
    expect(await of(1, 10)).toEqual(['approval/2', 'approval/3']);
    expect(await of(6, 10)).toEqual([]);
  });

  it('stores the canonical CloudEvent and its leaf hash', async () => {
    const { journal } = opened();
    const written = sampleWrite('call/1', 0, 2);
    await journal.commit(sampleCommit([written]));
    const stored = await journal.readStream('shop', 'call/1');
    for (const [index, { bytes, leaf, ...place }] of stored.entries()) {
      const { traceparent, type, ...event } = written.events[index] ?? sampleEvent();
      const text = Buffer.from(bytes).toString();
      const parsed = JSON.parse(text);
      expect(place).toEqual({
        sequence: index + 1,
        version: index + 1,
        tenant: 'shop',
        stream: 'call/1',
        id: event.id,
        type,
      });
      expect(parsed).toEqual({
        ...event,
        ...(traceparent === null ? {} : { traceparent }),
        specversion: '1.0',
        type: `dev.sallyport.${type}.v1`,
        subject: 'call/1',
        datacontenttype: 'application/json',
        dataschema: `https://sallyport.dev/schemas/${type}.v1.json`,
        sequence: `00000000000000000${index + 1}`,
      });
      expect(text).toBe(canonical(parsed));
      expect(Buffer.from(leaf)).toEqual(createHash('sha256').update(Buffer.of(0)).update(bytes).digest());
    }
  });

  it('lists the tenants that have events', async () => {
    const { journal, tenants } = opened();
    expect(await tenants.tenants()).toEqual([]);
    await journal.commit({ ...sampleCommit([sampleWrite('call/1', 1)]), tenant: 'refused' });
    for (const tenant of ['shop', 'bank'])
      await journal.commit({ ...sampleCommit([sampleWrite('call/1', 0)]), tenant });
    expect([...(await tenants.tenants())].sort()).toEqual(['bank', 'shop']);
  });

  it('tells how long all logs are, and later of each that grew', async () => {
    const { journal, tenants } = opened();
    const commit = (tenant: string, version: number, count: number) =>
      journal.commit({ ...sampleCommit([sampleWrite('call/1', version, count)]), tenant });
    expect((await tenants.sizes(null)).sizes).toEqual(new Map());
    await commit('shop', 0, 2);
    await commit('bank', 0, 1);
    const { sizes, until } = await tenants.sizes(null);
    expect(sizes).toEqual(new Map(Object.entries({ bank: 1, shop: 2 })));
    await commit('shop', 2, 3);
    await commit('late', 0, 1);
    const later = await tenants.sizes(until);
    expect([later.sizes.get('shop'), later.sizes.get('late')]).toEqual([5, 1]);
    expect([undefined, 1]).toContain(later.sizes.get('bank'));
  });
}

function sideTables(opened: () => OpenJournal, reopen: () => Promise<void>): void {
  it('keeps sealed values with their commit, by tenant and event, and none of a commit that lost', async () => {
    const { journal, vault } = opened();
    const write = sampleWrite('call/1', 0);
    const event = write.events[0]?.id ?? '';
    const sealed = ['arguments', 'ask'].map((field) => ({
      event,
      field,
      subject: 'sub_alice',
      salt: 's'.repeat(43),
      value: `{"${field}":"é"}\n`,
    }));
    await journal.commit(sampleCommit([write], { sealed }));
    const lost = [{ event, field: 'facts', subject: 'sub_alice', salt: 's'.repeat(43), value: 'lost' }];
    await journal.commit(sampleCommit([sampleWrite('call/1', 0)], { sealed: lost }));
    expect(await vault.open('shop', event)).toEqual(sealed);
    expect(await vault.open('bank', event)).toEqual([]);
    expect(await vault.open('shop', 'unknown')).toEqual([]);
  });

  it('gives one stable random pseudonym per tenant, kind and name, also to many who ask at once', async () => {
    const { directory } = opened();
    const asked = Array.from({ length: 20 }, () => directory.refOf('shop', 'sub', 'alice'));
    const [ref = '', ...others] = await Promise.all(asked);
    expect(ref).toMatch(/^sub_[A-Za-z0-9_-]{22}$/);
    expect(new Set(others)).toEqual(new Set([ref]));
    const different = [
      await directory.refOf('shop', 'cli', 'alice'),
      await directory.refOf('bank', 'sub', 'alice'),
      await directory.refOf('shop', 'sub', 'bob'),
    ];
    expect(new Set([ref, ...different].map((each) => each.slice(4))).size).toBe(4);
    expect(await directory.nameOf('shop', ref)).toBe('alice');
    expect(await directory.nameOf('bank', ref)).toBeNull();
  });

  it('keeps a text once, by its digest, also for many who keep it at once', async () => {
    const text = `{"é": "'🜁"}\n${'long '.repeat(50_000)}`;
    const digest = `sha256:${createHash('sha256').update(text).digest('base64url')}`;
    const { texts } = opened();
    expect(await texts.find(digest)).toBeNull();
    expect(new Set(await Promise.all([1, 2, 3].map(() => texts.keep(text))))).toEqual(new Set([digest]));
    await reopen();
    expect(await opened().texts.find(digest)).toBe(text);
    expect(await opened().texts.find('sha256:none')).toBeNull();
  });

  it('has it all after it was opened again', async () => {
    if (!opened().reopen) return;
    const commit = sampleCommit([sampleWrite('call/1', 0, 2)]);
    await opened().journal.commit(commit);
    const before = await opened().journal.readAll('shop', { after: 0, limit: 10 });
    const ref = await opened().directory.refOf('shop', 'sub', 'alice');
    await reopen();
    const { journal, directory } = opened();
    expect(await journal.readAll('shop', { after: 0, limit: 10 })).toEqual(before);
    expect(await journal.commit(commit)).toEqual({ status: 'duplicate', events: before });
    expect(await journal.commit(sampleCommit([sampleWrite('call/1', 2)]))).toEqual({ status: 'committed', first: 3 });
    expect(await directory.refOf('shop', 'sub', 'alice')).toBe(ref);
  });
}
