import { setImmediate as nextRound } from 'node:timers/promises';
import type { Call } from '@sallyport/contracts';
import { createResultTurns } from './result-turns.ts';

const callOf = (id: string, tenant = 'acme'): Call =>
  ({ tenant, subject: { id, issuer: 'https://id.example', roles: [] } }) as Partial<Call> as Call;

describe('the turns of results', () => {
  let time: number;
  let done: string[];
  let inTurn: (who: Call, what: string, takesMs: number) => Promise<void>;
  beforeEach(() => {
    [time, done] = [0, []];
    const turns = createResultTurns({ monotonic: () => time });
    inTurn = (who, what, takesMs) =>
      turns(who, () => {
        time += takesMs;
        done.push(what);
      });
  });

  it('are one for each subject in a round of the event loop, where they take long', async () => {
    const all = ['a1', 'a2', 'a3'].map((what) => inTurn(callOf('ann'), what, 25));
    await Promise.all([inTurn(callOf('ben'), 'b1', 25), inTurn(callOf('cy', 'other'), 'c1', 25)]);
    expect(done).toEqual(['a1', 'b1', 'c1']);
    await nextRound();
    expect(done.slice(3)).toEqual(['a2']);
    await Promise.all(all);
    expect(done.slice(4)).toEqual(['a3']);
  });

  it('are as many as come, where they take no time', async () => {
    const all = ['a1', 'a2', 'a3'].map((what) => inTurn(callOf('ann'), what, 0));
    const rounds = nextRound('a round later');
    expect(await Promise.race([rounds, Promise.all(all)])).toHaveLength(3);
  });

  it('go on after one that throws', async () => {
    const turns = createResultTurns({ monotonic: () => time });
    const thrown = turns(callOf('ann'), () => {
      throw new Error('broken');
    });
    await expect(thrown).rejects.toThrow('broken');
    await expect(turns(callOf('ann'), () => 'fine')).resolves.toBe('fine');
  });
});
