import { PrintedMessages } from './printed-messages.ts';

const message = { jsonrpc: '2.0', id: 1, result: { empty: {}, list: [{}, { a: [] }] } };

function read(text: string): unknown[] {
  const printed = new PrintedMessages();
  return text.split('\n').flatMap((line) => printed.messagesOf(line) ?? []);
}

describe('messages of a program', () => {
  it('over several lines never hold up or swallow those on one', () => {
    expect(read(`{\nnoise\n${JSON.stringify(message)}`)).toEqual([message]);
    expect(read(`{\n{\n{"broken":\n${JSON.stringify(message)}\n}`)).toEqual([message]);
    expect(read(`{\n${'x'.repeat(5_000_000)}\n${JSON.stringify(message, null, 2)}`)).toEqual([message]);
  });

  it.each(['  ', '\t', 4])('are read where they are indented by %j', (by) =>
    expect(read(`${JSON.stringify(message, null, by)}\n${JSON.stringify(message, null, by)}`)).toEqual([
      message,
      message,
    ]),
  );

  it('are none where nothing of the kind is printed', () => expect(read('hello\n}\n  "a": 1')).toEqual([]));
});
