import { deepFreeze } from './deep-freeze.ts';

describe('deepFreeze', () => {
  it('lets nothing be changed, however deep it lies', () => {
    const value = deepFreeze({ list: [{ name: 'a' }], text: 'b' });
    expect(() => (value.text = 'c')).toThrow(TypeError);
    expect(() => value.list.push({ name: 'c' })).toThrow(TypeError);
    expect(() => Object.assign(value.list[0] ?? {}, { name: 'c' })).toThrow(TypeError);
  });

  it('looks into what is frozen by itself', () => {
    const inner = { name: 'a' };
    deepFreeze({ outer: Object.freeze([inner]) });
    expect(Object.isFrozen(inner)).toBe(true);
  });

  it('returns what it was given', () => {
    for (const value of [null, undefined, 1, 'a', true]) expect(deepFreeze(value)).toBe(value);
  });
});
