import { anchorsOf, fencesOf, linksOf, table } from './markdown.ts';

const page = [
  '# A `title`, twice',
  '',
  'See [it](x.md#y "z") and `[not](this.md)`.',
  '',
  '```sh run',
  'echo "[nor](that.md)"',
  '```',
  '',
  '# A title, twice',
].join('\n');

describe('markdown', () => {
  it('finds no link in code', () => {
    expect(linksOf(page)).toEqual(['x.md#y']);
  });

  it('finds fenced blocks with their marks', () => {
    expect(fencesOf(page)).toEqual([{ info: ['sh', 'run'], text: 'echo "[nor](that.md)"', line: 5 }]);
  });

  it('gives headings the anchors that GitHub gives them', () => {
    expect([...anchorsOf(page)]).toEqual(['a-title-twice', 'a-title-twice-1']);
  });

  it('keeps a bar within its cell', () => {
    expect(table(['a'], [['b | c']])).toBe('| a |\n| --- |\n| b \\| c |');
  });
});
