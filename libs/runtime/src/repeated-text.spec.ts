import { RepeatedText } from './repeated-text.ts';

it('is told at once, then after growing pauses, and at once when it is another or came back', () => {
  let now = 0;
  const text = new RepeatedText({ monotonic: () => now });
  const newsAt: number[] = [];
  for (; now < 20 * 60_000; now += 10_000) if (text.isNews('HTTP 503')) newsAt.push(now / 60_000);
  expect(newsAt).toEqual([0, 1, 3, 7, 15]);
  expect(text.isNews('HTTP 401')).toBe(true);
  expect([text.isNews('HTTP 401'), text.clear(), text.clear()]).toEqual([false, true, false]);
  expect(text.isNews('HTTP 401')).toBe(true);
});
