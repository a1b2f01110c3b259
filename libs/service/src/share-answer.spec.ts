import { shareAnswer } from './share-answer.ts';

describe('a shared answer', () => {
  it('is made once for all who ask at the same time, and within a second', async () => {
    let time = 0;
    let made = 0;
    let tell = (answer: number): unknown => answer;
    const ask = shareAnswer(
      () => new Promise<number>((resolve) => ((made += 1), (tell = resolve))),
      () => time,
    );
    const waiting = [ask(), ask()];
    time = 5_000;
    waiting.push(ask());
    tell(7);
    expect(await Promise.all(waiting)).toEqual([7, 7, 7]);
    time = 5_999;
    expect([await ask(), made]).toEqual([7, 1]);
    time = 6_000;
    const again = ask();
    tell(8);
    expect([await again, made]).toEqual([8, 2]);
  });

  it('is not kept where it could not be made', async () => {
    let made = 0;
    const ask = shareAnswer(() => ((made += 1) === 1 ? Promise.reject(new Error('no')) : Promise.resolve(made)));
    const [one, other] = await Promise.allSettled([ask(), ask()]);
    expect([one?.status, other?.status, await ask()]).toEqual(['rejected', 'rejected', 2]);
  });
});
