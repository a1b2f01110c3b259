import type { SealedValue } from '@sallyport/contracts';
import type { OpenJournal } from './journal.contract.ts';
import { sampleCommit, sampleWrite } from './journal.fixture.ts';

/** A value of a subject beside an event of its own, committed. */
async function keep({ journal }: OpenJournal, subject: string, tenant = 'shop'): Promise<SealedValue> {
  const write = sampleWrite('tenant/shop', 'any');
  const value = { event: write.events[0]?.id ?? '', field: 'arguments', subject, salt: 's'.repeat(43), value: '{}' };
  await journal.commit({ ...sampleCommit([write], { sealed: [value] }), tenant });
  return value;
}

/**
 * What every journal must do with a commit that erases.
 *
 * @param reopen closes the journal and opens it again, where something outlives it
 */
export function erasing(opened: () => OpenJournal, reopen: () => Promise<void>): void {
  const erase = (subject: string, commandId = `erase/${subject}`) =>
    opened().journal.commit({ ...sampleCommit([sampleWrite('tenant/shop', 'any')], { erases: [subject] }), commandId });

  it('erases what is kept of a subject with the event that says so, and nothing else', async () => {
    const { journal, vault, directory, subjects } = opened();
    const ref = await directory.refOf('shop', 'sub', 'idp|alice');
    const gone = [await keep(opened(), ref), await keep(opened(), ref)];
    const left = [await keep(opened(), 'sub_bob'), await keep(opened(), ref, 'bank')];
    const before = await journal.readAll('shop', { after: 0, limit: 10 });
    expect([await subjects.find('shop', 'idp|alice'), await subjects.kept('shop', ref)]).toEqual([ref, true]);
    expect(await erase(ref)).toEqual({ status: 'committed', first: 4 });

    for (const { event } of gone) expect(await vault.open('shop', event)).toEqual([]);
    expect(await vault.open('shop', left[0]?.event ?? '')).toEqual([left[0]]);
    expect(await vault.open('bank', left[1]?.event ?? '')).toEqual([left[1]]);
    expect(await directory.nameOf('shop', ref)).toBeNull();
    expect([await subjects.find('shop', 'idp|alice'), await subjects.kept('shop', ref)]).toEqual([null, false]);
    expect((await journal.readAll('shop', { after: 0, limit: 10 })).slice(0, 3)).toEqual(before);
  });

  it('erases nothing with a commit that lost', async () => {
    const kept = await keep(opened(), 'sub_alice');
    const lost = sampleCommit([sampleWrite('call/1', 7)], { erases: ['sub_alice'] });
    expect(await opened().journal.commit(lost)).toMatchObject({ status: 'conflict' });
    expect(await opened().vault.open('shop', kept.event)).toEqual([kept]);
  });

  it('keeps what a subject does after it was erased, under another pseudonym, also after it was opened again', async () => {
    const { directory } = opened();
    const ref = await directory.refOf('shop', 'sub', 'idp|alice');
    const gone = await keep(opened(), ref);
    await erase(ref);
    const next = await directory.refOf('shop', 'sub', 'idp|alice');
    expect(next).not.toBe(ref);
    const kept = await keep(opened(), next);
    const again = await keep(opened(), ref);
    expect(await opened().vault.open('shop', gone.event)).toEqual([]);
    await reopen();
    expect(await opened().vault.open('shop', gone.event)).toEqual([]);
    expect(await opened().vault.open('shop', kept.event)).toEqual([kept]);
    expect(await opened().vault.open('shop', again.event)).toEqual([again]);
    expect(await opened().directory.refOf('shop', 'sub', 'idp|alice')).toBe(next);
  });

  it('opens nothing of before for calls under way when their subject is erased, and each of those wholly or not at all', async () => {
    const before = [await keep(opened(), 'sub_alice'), await keep(opened(), 'sub_alice')];
    const during: Promise<SealedValue>[] = [];
    for (let round = 0; round < 3; round++) {
      during.push(keep(opened(), 'sub_alice'), keep(opened(), 'sub_alice'));
      const erased = erase('sub_alice', `erase/${round}`);
      during.push(keep(opened(), 'sub_alice'));
      await Promise.all([erased, ...during]);
    }
    const after = await keep(opened(), 'sub_alice');
    for (const reopened of [false, true]) {
      if (reopened) await reopen();
      const { vault } = opened();
      for (const { event } of before) expect(await vault.open('shop', event)).toEqual([]);
      for (const value of await Promise.all(during)) {
        const found = await vault.open('shop', value.event);
        expect([[], [value]]).toContainEqual(found);
      }
      expect(await vault.open('shop', after.event)).toEqual([after]);
    }
  });

  it('may erase the same again', async () => {
    await keep(opened(), 'sub_alice');
    expect(await erase('sub_alice')).toMatchObject({ status: 'committed' });
    expect(await erase('sub_alice')).toMatchObject({ status: 'duplicate' });
    expect(await erase('sub_alice', 'erase/again')).toMatchObject({ status: 'committed' });
  });
}
