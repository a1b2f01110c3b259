import { BoundedMap } from './bounded-map.ts';

describe('BoundedMap', () => {
  it('forgets what was set longest ago, and tells what', () => {
    const gone: [string, number][] = [];
    const map = new BoundedMap<string, number>(2, (value, key) => gone.push([key, value]));
    map.set('a', 1).set('b', 2).set('c', 3);
    expect([...map]).toEqual([
      ['b', 2],
      ['c', 3],
    ]);
    expect(gone).toEqual([['a', 1]]);
  });

  it('keeps what is set again, and forgets nothing for it', () => {
    const map = new BoundedMap<string, number>(2);
    map.set('a', 1).set('b', 2).set('a', 3).set('c', 4);
    expect([...map.keys()]).toEqual(['a', 'c']);
    expect(map.get('a')).toBe(3);
  });

  it('has room again for what was deleted', () => {
    const gone: string[] = [];
    const map = new BoundedMap<string, number>(1, (_, key) => gone.push(key));
    map.set('a', 1);
    map.delete('a');
    map.set('b', 2);
    expect([gone, [...map.keys()]]).toEqual([[], ['b']]);
  });
});
