import { derived } from './derived.ts';

describe('derived', () => {
  it('makes again when the value is another one, and only then', () => {
    let from: object = { digest: 'a' };
    const made = derived(
      () => from,
      (value) => ({ value }),
    );
    const first = made();
    expect(made()).toBe(first);
    from = { digest: 'a' };
    expect(made()).not.toBe(first);
    expect(made().value).toBe(from);
  });

  it('keeps nothing where making throws', () => {
    let works = false;
    const made = derived(
      () => 'same',
      () => {
        if (!works) throw new Error('not yet');
        return 'made';
      },
    );
    expect(made).toThrow('not yet');
    works = true;
    expect(made()).toBe('made');
  });
});
