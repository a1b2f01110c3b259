import { texts } from './statement.ts';

describe('an array of texts', () => {
  it('lets no text end its quotes, or pass for something else', () => {
    expect(texts(['a"b', 'c\\d', 'e,f', '{g}', '', 'null', 'NULL', ' ', "'", 'é'])).toBe(
      `{"a\\"b","c\\\\d","e,f","{g}","","null","NULL"," ","'","é"}`,
    );
  });

  it('writes plain ones as they are', () => {
    expect(texts(['call/1', 'call.decided', 'a_b-c:d'])).toBe('{call/1,call.decided,a_b-c:d}');
    expect(texts([])).toBe('{}');
    expect(texts(['null', null])).toBe('{"null",NULL}');
  });
});
