import { differences } from './observe.ts';

describe('differences', () => {
  it('finds what is missing, added and changed, by its place', () => {
    const direct = { a: { same: 1, gone: true }, b: [{ text: 'x' }, { text: 'y' }] };
    const here = { a: { same: 1 }, b: [{ text: 'x' }, { text: 'z' }], c: null };
    expect(differences(direct, here)).toEqual(['/a/gone', '/b/*/text', '/c']);
  });

  it('takes a list and an object for different, and names the whole where nothing else differs', () => {
    expect(differences([1], { 0: 1 })).toEqual(['/']);
    expect(differences('refused', { text: 'ok' })).toEqual(['/']);
  });

  it('finds nothing in equal values', () => {
    expect(differences({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] })).toEqual([]);
  });
});
