import type { Upstream } from '@sallyport/contracts';
import { countCalls } from './calls-under-way.ts';

type Answer = Awaited<ReturnType<Upstream['send']>>;

/** An upstream whose calls end when the test says so. */
function counted() {
  const running: PromiseWithResolvers<Answer>[] = [];
  const inner = {
    send() {
      const call = Promise.withResolvers<Answer>();
      running.push(call);
      return call.promise;
    },
  } as Partial<Upstream> as Required<Upstream>;
  const { upstream, idle } = countCalls(inner);
  const call = () => upstream.send({} as never, {} as never);
  let ended = false;
  return { running, call, isIdle: () => ended, wait: () => idle().then(() => (ended = true)) };
}

describe('an upstream that was configured again', () => {
  it('is not ended under a call, and is when the last one has its answer', async () => {
    const { running, call, isIdle, wait } = counted();
    const calls = [call(), call()];
    const idle = wait();
    running[0]?.resolve({} as Answer);
    await calls[0];
    await Promise.resolve();
    expect(isIdle()).toBe(false);
    running[1]?.resolve({} as Answer);
    await idle;
    expect(isIdle()).toBe(true);
  });

  it('counts a call that failed as over', async () => {
    const { running, call, isIdle, wait } = counted();
    const failed = call();
    const idle = wait();
    running[0]?.reject(new Error('lost'));
    await expect(failed).rejects.toThrow('lost');
    await idle;
    expect(isIdle()).toBe(true);
  });

  it('ends at once where nothing runs', async () => {
    const { isIdle, wait } = counted();
    await wait();
    expect(isIdle()).toBe(true);
  });
});
