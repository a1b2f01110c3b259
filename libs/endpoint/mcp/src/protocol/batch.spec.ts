import { PartReply } from './batch.ts';

it('the reply to a part of a batch takes one answer, and sends nothing after it', () => {
  const streamed: string[] = [];
  const whole = {
    canStream: true,
    controller: new AbortController(),
    gone: new AbortController().signal,
    stream: (text: string) => void streamed.push(text),
    taken: () => Promise.resolve(),
    end: () => undefined,
  };
  const part = new PartReply(whole);
  part.stream('ahead', false);
  part.end(200, 'answer');
  part.end(500, 'another');
  part.stream('behind', false);
  expect([part.answer, streamed]).toEqual(['answer', ['ahead']]);
});
