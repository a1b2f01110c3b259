import { placesToMend, wordsToAvoid } from './check-words.ts';

const found = (text: string): string[] => wordsToAvoid(text).map(({ line, word }) => `${line} ${word}`);

it('are nowhere in the tree', () => expect(placesToMend()).toEqual([]));

describe('the words to avoid', () => {
  it.each([
    ['in a sentence', 'The house is up.', ['1 house']],
    ['in a name', 'const runHouse = 1;', ['1 house']],
    ['in a constant', 'WALK_MS, _house', ['1 house', '1 walk']],
    ['in the plural and the past', 'lanes that were minted', ['1 lane', '1 mint']],
    ['on their lines', 'a\nwhoever asks\nof which two', ['2 whoever', '3 of which']],
  ])('%s', (_where, text, words) => {
    expect(found(text).toSorted()).toEqual(words);
  });

  it('are not found in other words', () => {
    expect(found('timestamp ClickHouse warehouse seating-plan sidewalk planes')).toEqual(['1 seat']);
  });
});
