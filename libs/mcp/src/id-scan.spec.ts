import { createIdScan, idIn } from './id-scan.ts';

describe('the id of a request that was refused', () => {
  it.each([
    ['nothing', ''],
    ['no object', '[{"id":1,"method":"ping"}]'],
    ['a text', '"id"'],
    ['no id', '{"method":"ping","params":{"id":1}}'],
    ['two ids', '{"id":1,"id":1,"method":"ping"}'],
    ['two ids, one of them escaped', '{"id":1,"i\\u0064":2,"method":"ping"}'],
    ['null', '{"id":null,"method":"ping"}'],
    ['an object', '{"id":{"id":1},"method":"ping"}'],
    ['a list', '{"id":[1],"method":"ping"}'],
    ['true', '{"id":true,"method":"ping"}'],
    ['a fraction', '{"id":1.5,"method":"ping"}'],
    ['a number that does not fit', '{"id":9007199254740993,"method":"ping"}'],
    ['two values', '{"id":1 2,"method":"ping"}'],
    ['a word in quotes that are open', '{"id":"abc'],
    ['a text that breaks off', '{"id":1,"method":"ping"'],
    ['a text that goes on', '{"id":1,"method":"ping"} {"id":2}'],
    ['more closed than opened', '{"id":1,"method":"ping"}}'],
    ['a lone surrogate', '{"id":"\\ud800","method":"ping"}'],
    ['an answer, whose id is ours', '{"id":1,"result":{}}'],
    ['an answer that failed', '{"id":1,"error":{}}'],
    ['a very long id', `{"id":"${'x'.repeat(257)}","method":"ping"}`],
    ['a single quote', "{'id':1}"],
  ])('is not read from %s', (_, text) => expect(idIn(Buffer.from(text))).toBeNull());

  it('is not read from bytes that are no UTF-8', () => {
    expect(idIn(Buffer.from('{"id":"\xff","method":"ping"}', 'latin1'))).toBeNull();
    expect(idIn(Buffer.from('{"id":1,"method":"ping"}', 'utf16le'))).toBeNull();
  });

  it.each([
    ['{"jsonrpc":"2.0","id":1,"method":"ping"}', 1],
    ['{"id":"a\\"}{","method":"x","params":{"id":2,"a":[{"id":3}]}}', 'a"}{'],
    [' {\n"params" : {"a":1,"a":2,"__proto__":3,"n":90071992547409930},"method":"x" , "id" : -7 } ', -7],
    ['{"id":"","method":"x"}', ''],
    ['{"i\\u0064":5,"method":"x"}', 5],
    ['{"id":5}', 5],
    ['{"id":5,"method":"x","result":{}}', 5],
    ['{"id":"ü","method":"x"}', 'ü'],
    ['{"id":1.0,"method":"x"}', 1],
  ])('is read from %s', (text, id) => {
    expect(idIn(Buffer.from(text))).toBe(id);
    const scan = createIdScan();
    for (const byte of Buffer.from(text)) scan.write(Buffer.of(byte));
    expect(scan.id()).toBe(id);
  });

  it.each([',', ':', 'a,', '"":1,', '"a":1,', '{},', '[],'])('costs little in a body of nothing but %j', (piece) => {
    const body = Buffer.from(`{"id":1,${piece.repeat(Math.ceil((4 << 20) / piece.length))}"method":"x"}`);
    const cost = (): number => {
      const before = process.cpuUsage();
      expect(idIn(body)).toBeNull();
      return process.cpuUsage(before).user / 1_000;
    };
    // The best of some: what the rest of the run left behind may be collected during one.
    expect(Math.min(cost(), cost(), cost())).toBeLessThan(500);
  });

  it('keeps nothing of what is long', () => {
    const scan = createIdScan();
    scan.write(Buffer.from('{"method":"x","params":{"a":"'));
    for (let time = 0; time < 100; time++) scan.write(Buffer.alloc(65_536, 0x61));
    scan.write(Buffer.from(`"},"${'k'.repeat(100_000)}":"${'v'.repeat(100_000)}","id":9}`));
    expect(scan.id()).toBe(9);
  });
});

it('the id of an answer is read from an answer alone, also behind a byte order mark', () => {
  const answerIn = (text: string) => {
    const scan = createIdScan();
    scan.write(Buffer.from(text));
    return scan.answerId();
  };
  expect(answerIn('\ufeff{"result":{"id":3,"a":[{"id":4}]},"jsonrpc":"2.0","id":7}')).toBe(7);
  expect(answerIn('{"id":"7","error":{}}')).toBe('7');
  expect(answerIn('{"id":7,"method":"ping"}')).toBeNull();
  expect(answerIn('{"id":7,"id":8,"result":{}}')).toBeNull();
});
