import { createKeptLists } from './kept-lists.ts';

describe('lists that are kept', () => {
  const list = (length: number) => ({ version: '1', text: 'a'.repeat(length) });

  it('are as many as may be, and as long as may be together; the oldest leave first', () => {
    const lists = createKeptLists(3, 100);
    const keys = ['a', 'b', 'c', 'd', 'e'];
    const left = () => keys.filter((key) => lists.get(key) !== undefined).join('');
    for (const key of ['a', 'b', 'c', 'd']) lists.set(key, list(10));
    expect(left()).toBe('bcd');
    lists.set('e', list(85));
    expect(left()).toBe('de');
    for (let n = 0; n < 100; n += 1) lists.set('e', list(85));
    expect(left()).toBe('de');
    lists.set('a', list(101));
    expect(left()).toBe('');
    lists.set('b', list(100));
    expect(left()).toBe('b');
  });
});
