import { thrownText } from './thrown-text.ts';

describe('thrownText', () => {
  it('is the message of an error, without its class', () => {
    expect(thrownText(new TypeError('no socket', { cause: 'closed' }))).toBe('no socket');
  });

  it.each([
    ['a text', 'a text'],
    [undefined, 'undefined'],
    [null, 'null'],
  ])('is the text of %p, which is no error', (thrown, text) => {
    expect(thrownText(thrown)).toBe(text);
  });
});
