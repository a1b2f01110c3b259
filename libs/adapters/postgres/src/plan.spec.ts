import type { Commit } from '@sallyport/contracts';
import { sampleCommit, sampleWrite } from '@sallyport/testing';
import { commandKey, type Known, planBatch, streamKey } from './plan.ts';
import { type Request, textsOf } from './request.ts';

function request(commit: Commit): Request {
  return { ...textsOf(commit), until: 0, doubtful: false, resolve: () => undefined, reject: () => undefined };
}

const call = (stream: string, expected: number | 'any', count = 1) =>
  request(sampleCommit([sampleWrite(stream, expected, count)]));

function known(versions: Record<string, number>, more: Partial<Known> = {}): Known {
  const byKey = new Map(Object.entries(versions).map(([stream, version]) => [streamKey('shop', stream), version]));
  return { sizes: new Map([['shop', 10]]), versions: byKey, commands: new Map(), certain: false, ...more };
}

describe('a plan', () => {
  it('answers no conflict from memory: it must be looked at first', () => {
    const batch = [call('approval/1', 1)];
    expect(planBatch(batch, known({ 'approval/1': 2 }))).toMatchObject({ unsure: true, conflicts: [], commits: [] });
    expect(planBatch(batch, known({ 'approval/1': 2 }, { certain: true })).conflicts).toEqual([
      { request: batch[0], stream: 'approval/1', version: 2 },
    ]);
  });

  it('is unsure of a tenant that it does not know, and of any version of a stream that it does not know', () => {
    expect(planBatch([call('call/1', 0)], known({}, { sizes: new Map() })).unsure).toBe(true);
    expect(planBatch([call('call/1', 'any')], known({})).unsure).toBe(true);
    expect(planBatch([call('call/1', 'any')], known({ 'call/1': 0 })).unsure).toBe(false);
  });

  it('answers a known command, and leaves a second one with the same id for later', () => {
    const twice = [call('call/1', 0), call('call/2', 0)].map((each) => ({ ...each, commandId: 'same' }));
    const first = planBatch(twice, known({}));
    expect(first.commits.map(({ request }) => request)).toEqual([twice[0]]);
    expect(first.later).toEqual([twice[1]]);
    const commands = new Map([[commandKey('shop', 'same'), { first: 4, count: 1 }]]);
    expect(planBatch(twice, known({}, { commands })).duplicates).toHaveLength(2);
  });

  it('leaves one that conflicts with another of the batch for later: that one may yet fail', () => {
    const [one, two, three] = [call('approval/1', 0), call('approval/1', 0), call('approval/1', 1)];
    const plan = planBatch([one, two, three], known({}, { certain: true }));
    expect(plan.commits.map(({ first }) => first)).toEqual([11, 12]);
    expect(plan.later).toEqual([two]);
    expect(plan.versions.get(streamKey('shop', 'approval/1'))).toBe(2);
  });

  it('believes an expected version and has it looked for, once for a commit that writes twice', () => {
    const twice = request(sampleCommit([sampleWrite('call/1', 3, 2), sampleWrite('call/1', 5)]));
    const plan = planBatch([twice, call('call/2', 0)], known({}));
    expect(plan.commits[0]?.events.map(({ sequence, version }) => [sequence, version])).toEqual([
      [11, 4],
      [12, 5],
      [13, 6],
    ]);
    expect(new Set(plan.probes.map(({ stream, version }) => `${stream} ${version}`))).toEqual(new Set(['call/1 3']));
    expect(plan.unsure).toBe(false);
  });
});
