import { declaredPlaces } from './declared-places.ts';

const places = (...pointers: string[]) =>
  declaredPlaces(
    pointers.map((pointer) => ({ pointer, message: 'must be string' })),
    ['/path', '/edits/*/from', '/a~1b', '/c', '/d'],
  );

it('names no argument that a client made up, nor what it wrote below one', () => {
  expect(places('', '/ann@shop.example', '/edits/iban DE89', '/path')).toEqual(['/edits', '/path']);
});

it('names each once, and three at most', () => {
  expect(places('/path', '/path/0', '/a~1b', '/c', '/d')).toEqual(['/path', '/a~1b', '/c']);
});
