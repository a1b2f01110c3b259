import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { nameOf } from './request-era.ts';
import { agentOf, createSessions } from './sessions.ts';
import { people } from '../testing/fake-gateway.ts';

const { alice, bob, mallory } = people as Record<'alice' | 'bob' | 'mallory', NonNullable<(typeof people)[string]>>;

describe('sessions', () => {
  let time = 0;
  let count = 0;
  const parts = {
    clock: { now: () => time, monotonic: () => time },
    ids: { ulid: () => '', random: () => `id-${++count}` },
  };
  const make = () => createSessions(parts, { idleMs: 1_000, perSubject: 2, total: 3 });
  const by = (principal: typeof alice) => ({
    version: '2025-11-25',
    agent: { id: 'a', verified: false },
    principal,
    capabilities: {},
  });

  it('are forgotten when they rest too long, but not while something runs', () => {
    const sessions = make();
    const [rests, works] = [sessions.open(by(alice)), sessions.open(by(alice))];
    works.running.set('number:1', new AbortController());
    time += 1_001;
    expect(sessions.find(rests.id, alice)).toBeUndefined();
    expect(sessions.find(works.id, alice)).toBe(works);
  });

  it('are so many per subject: the one that rested longest ends', () => {
    const sessions = make();
    const [first, second] = [sessions.open(by(alice)), sessions.open(by(alice))];
    expect(sessions.find(first.id, alice)).toBe(first);
    const third = sessions.open(by(alice));
    expect(sessions.find(second.id, alice)).toBeUndefined();
    expect([sessions.find(first.id, alice), sessions.find(third.id, alice)]).toEqual([first, third]);
  });

  it('end while something runs only where something runs in all of them', () => {
    const sessions = make();
    const [works, rests] = [sessions.open(by(alice)), sessions.open(by(alice))];
    const controller = new AbortController();
    works.running.set('number:1', controller);
    const third = sessions.open(by(alice));
    expect([sessions.find(rests.id, alice), controller.signal.aborted]).toEqual([undefined, false]);
    third.running.set('number:1', new AbortController());
    sessions.open(by(alice));
    expect([sessions.find(works.id, alice), controller.signal.aborted]).toEqual([undefined, true]);
  });

  it('are so many in all: those of the tenant that has the most end, no matter which rested longest', () => {
    const sessions = make();
    const kept = sessions.open(by(mallory));
    const [first] = [alice, bob].map((principal) => sessions.open(by(principal)));
    for (const principal of [alice, bob, alice, bob]) sessions.open(by(principal));
    expect([sessions.size, sessions.find(kept.id, mallory)]).toEqual([3, kept]);
    expect(sessions.find(first?.id, alice)).toBeUndefined();
    const own = sessions.open(by(mallory));
    expect([sessions.size, sessions.find(kept.id, mallory), sessions.find(own.id, mallory)]).toEqual([3, kept, own]);
    sessions.open(by(alice));
    expect([sessions.size, sessions.find(kept.id, mallory)]).toEqual([3, undefined]);
  });

  it('keep nothing of what a client says at length of itself', () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    gc();
    const before = process.memoryUsage().heapUsed;
    const names = Array.from({ length: 100 }, () =>
      agentOf(alice, nameOf({ name: JSON.parse(`"${'x'.repeat(1_048_576)}"`) as string })),
    );
    gc();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(20 * 1_048_576);
    expect(names.map(({ id }) => id.length)).toEqual(Array.from({ length: 100 }, () => 128));
  });

  it('are found and ended by their own subject alone', () => {
    const sessions = make();
    const { id } = sessions.open(by(alice));
    expect(sessions.find(id, bob)).toBeUndefined();
    expect(sessions.end(id, bob)).toBe(false);
    expect(sessions.find(undefined, alice)).toBeUndefined();
    expect(sessions.end(id, { ...alice, scopes: ['other token'] })).toBe(true);
  });
});
