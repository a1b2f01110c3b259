import { nearestName } from './nearest-name.ts';

const known = ['self', 'other', 'orders/cancel_order', 'burst'];

it.each(['', 'x', 'nothing_like_it', 'elsewhere'])('knows nothing near to %j', (wrong) => {
  expect(nearestName(wrong, known)).toBeNull();
});

it.each([
  ['slef', 'self', 'swapped'],
  ['burts', 'burst', 'swapped'],
  ['othr', 'other', 'left out'],
  ['Orders/Cancel_Orders', 'orders/cancel_order', 'case, and one too many'],
])('takes %s for %s: %s', (wrong, meant) => {
  expect(nearestName(wrong, known)).toBe(meant);
});
