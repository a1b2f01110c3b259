import { toolTarget } from '@sallyport/contracts';
import { sampleCall } from '@sallyport/testing';
import { createRunningCalls } from './running-calls.ts';

it('names the calls that were allowed and have no outcome yet', () => {
  const { observer, names } = createRunningCalls();
  const decide = (callId: string, effect: 'allow' | 'deny') => {
    const call = sampleCall({ callId, upstream: 'files', target: toolTarget(`tool-${callId}`) });
    observer.decided(call, { effect } as Parameters<typeof observer.decided>[1], 1);
    return call;
  };
  const first = decide('1', 'allow');
  decide('2', 'deny');
  decide('3', 'allow');
  expect(names()).toEqual(['files/tool-1', 'files/tool-3']);
  observer.finished(first, 'completed', 1);
  expect(names()).toEqual(['files/tool-3']);
});
