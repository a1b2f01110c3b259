import { createSessions } from './sessions.ts';
import { people } from './testing/fake-passage.ts';

const { alice, bob } = people as Record<'alice' | 'bob', NonNullable<(typeof people)[string]>>;

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
    const controller = new AbortController();
    second.running.set('number:1', controller);
    expect(sessions.find(first.id, alice)).toBe(first);
    const third = sessions.open(by(alice));
    expect(sessions.find(second.id, alice)).toBeUndefined();
    expect(controller.signal.aborted).toBe(true);
    expect([sessions.find(first.id, alice), sessions.find(third.id, alice)]).toEqual([first, third]);
  });

  it('are so many in all', () => {
    const sessions = make();
    for (const principal of [alice, bob, alice, bob, alice]) sessions.open(by(principal));
    expect(sessions.size).toBeLessThanOrEqual(3);
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
