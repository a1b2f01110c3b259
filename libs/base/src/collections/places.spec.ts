import { createPlaces } from './places.ts';

describe('places', () => {
  it('are refused beyond those of a key; other keys have theirs', () => {
    const places = createPlaces(2);
    const given = ['a', 'a', 'a', 'b'].map((key) => places.take(key) !== null);
    expect(given).toEqual([true, true, false, true]);
  });

  it('are taken together all or none, and given back together', () => {
    const places = createPlaces(3);
    const two = places.take('a', 2);
    expect([two === null, places.take('a', 2), places.take('a') === null]).toEqual([false, null, false]);
    two?.();
    two?.();
    expect([places.take('a', 3), places.take('a', 2) === null, places.take('a')]).toEqual([null, false, null]);
  });

  it('are there again once given back, each once however often that is said', () => {
    const places = createPlaces(2);
    const [first] = [places.take('a'), places.take('a')];
    first?.();
    first?.();
    expect([places.take('a'), places.take('a')].map((place) => place !== null)).toEqual([true, false]);
  });
});
