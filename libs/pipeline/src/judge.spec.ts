import type { Envelope, Opinion } from '@sallyport/contracts';
import fc from 'fast-check';
import { decide } from './decide.ts';
import { judge, type BoundGuard } from './judge.ts';
import { sampleEnvelope as makeEnvelope } from '@sallyport/testing';

const sampleEnvelope = makeEnvelope();
const guard = (id: string, answer: (envelope: Envelope) => Opinion | Promise<Opinion>, grants = false): BoundGuard => ({
  id,
  station: 'authorization',
  grants,
  shadow: false,
  judge: answer,
});
const passing = guard('a', () => ({ effect: 'pass' }));
const granting = guard('c', () => ({ effect: 'allow' }), true);
const boom = (): never => {
  throw new Error('secret internals');
};
const roles = (boundGuards: readonly BoundGuard[]) =>
  boundGuards.map(({ id, grants }) => ({ id, grants, station: 'gateway' as const }));

describe('judging', () => {
  it.each<[string, BoundGuard, string]>([
    ['throws', guard('b', boom), 'guard_failed'],
    ['rejects', guard('b', () => Promise.reject(new Error('x'))), 'guard_failed'],
    ['never answers', guard('b', () => new Promise(() => undefined)), 'guard_timed_out'],
    ['grants though it may not', guard('b', () => ({ effect: 'allow' })), 'may_not_grant'],
  ])('denies when a guard %s', async (_case, bad, reason) => {
    const judged = await judge([passing, bad, granting], sampleEnvelope, { timeoutMs: 20 });
    expect(judged.verdicts.at(-1)).toMatchObject({ guard: 'b', effect: 'deny', reason });
    expect(decide(roles([passing, bad, granting]), judged).effect).toBe('deny');
  });

  it('tells how long each guard took, and of none that was not asked', async () => {
    const told: [string, string, number][] = [];
    const times = [10, 13, 13.5];
    const observer = {
      incident: () => undefined,
      measured: (...one: [string, string, number]) => void told.push(one),
    };
    const denying = guard('b', () => ({ effect: 'deny', reason: 'no', advice: '' }));
    const confirming = { ...passing, id: 'd', station: 'confirmation' as const };
    await judge([passing, denying, confirming], sampleEnvelope, { observer, now: () => times.shift() ?? NaN });
    expect(told).toEqual([
      ['guard', 'a', 3],
      ['guard', 'b', 0.5],
    ]);
  });

  it('tells the log, and not the verdict, why a guard failed', async () => {
    const told: string[] = [];
    const observer = { incident: (what: string, detail: string) => void told.push(`${what} ${detail}`) };
    const judged = await judge([guard('b', boom)], sampleEnvelope, { observer });
    expect(JSON.stringify(judged)).not.toContain('secret internals');
    expect(told).toEqual(['guard_failed b: Error: secret internals']);
  });

  it('ends the evaluation at a deny, and goes on after a hold', async () => {
    const held = guard('b', () => ({ effect: 'hold', reason: 'x', requirements: [] }));
    expect((await judge([held, granting], sampleEnvelope)).verdicts).toHaveLength(2);
    const denying = guard('b', () => ({ effect: 'deny', reason: 'x', advice: 'No.' }));
    expect((await judge([denying, granting], sampleEnvelope)).verdicts).toHaveLength(1);
  });

  it('asks confirmation about a call that is held, and about no other', async () => {
    const confirming: BoundGuard = { ...guard('z', () => ({ effect: 'pass' })), station: 'confirmation' };
    const held = guard('b', () => ({ effect: 'hold', reason: 'x', requirements: [] }));
    const asked = async (...before: BoundGuard[]): Promise<boolean> =>
      (await judge([...before, confirming], sampleEnvelope)).verdicts.some(({ guard }) => guard === 'z');
    expect(await asked(held, granting)).toBe(true);
    expect(await asked(passing, granting)).toBe(false);
    expect(await asked({ ...held, shadow: true }, granting)).toBe(false);
  });

  it('records what a guard in shadow says, and does not enforce it', async () => {
    const shadow: BoundGuard = { ...guard('b', () => ({ effect: 'deny', reason: 'x', advice: 'No.' })), shadow: true };
    const judged = await judge([passing, shadow, granting], sampleEnvelope);
    expect(judged.verdicts[1]).toMatchObject({ effect: 'deny', shadow: true });
    expect(decide(roles([passing, shadow, granting]), judged).effect).toBe('allow');
  });

  it('shows each guard the verdicts before it', async () => {
    const seen: number[] = [];
    const looking = (id: string): BoundGuard =>
      guard(id, ({ verdicts }) => (seen.push(verdicts.length), { effect: 'pass' }));
    await judge([looking('a'), looking('b')], sampleEnvelope);
    expect(seen).toEqual([0, 1]);
  });

  it('asks no guard that is configured otherwise than at the gateway, so that it charges nothing', async () => {
    const [one, other] = [`sha256:${'1'.repeat(43)}`, `sha256:${'2'.repeat(43)}`] as const;
    const asked: string[] = [];
    const configured = (settings: typeof one): BoundGuard => ({
      ...guard('b', () => (asked.push(settings), { effect: 'pass' })),
      settings,
    });
    const envelope = makeEnvelope({ settings: { b: other } });
    const before = await judge([configured(one), granting], envelope);
    expect(before.verdicts).toEqual([expect.objectContaining({ reason: 'configuration_mismatch', settings: one })]);
    expect((await judge([configured(other), granting], envelope)).verdicts).toHaveLength(2);
    expect(asked).toEqual([other]);
  });

  it('never allows when any one guard throws, wherever it stands', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 3 }), async (at) => {
        const boundGuards = [passing, guard('b', () => ({ effect: 'pass' })), granting].toSpliced(
          at,
          0,
          guard('z', boom),
        );
        expect(decide(roles(boundGuards), await judge(boundGuards, sampleEnvelope)).effect).toBe('deny');
      }),
    );
  });
});
