import { existsSync } from 'node:fs';
import { dirname, normalize, resolve } from 'node:path';
import { anchorsOf, linksOf } from './markdown.ts';
import { markdownFiles, read, root } from './tree.ts';

/** Why a link of a page leads nowhere; null where it leads somewhere, or out of the tree. */
function broken(page: string, link: string): string | null {
  if (/^[a-z][a-z0-9+.-]*:/i.test(link)) return null;
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : normalize(`${dirname(page)}/${decodeURIComponent(path)}`);
  if (!existsSync(resolve(root, target))) return `${page}: ${link} is not there`;
  if (anchor === undefined || !target.endsWith('.md')) return null;
  return anchorsOf(read(target)).has(anchor) ? null : `${page}: ${link} has no such heading`;
}

describe('links', () => {
  it('are found broken: a file, and a heading', () => {
    expect(broken('README.md', 'docs/nowhere.md')).not.toBeNull();
    expect(broken('README.md', '#no-such-heading')).not.toBeNull();
    expect(broken('README.md', 'https://example.com/nowhere')).toBeNull();
  });

  it.each(markdownFiles())('of %s resolve', (page) => {
    const links = linksOf(read(page));
    expect(links.map((link) => broken(page, link)).filter((fault) => fault !== null)).toEqual([]);
  });

  it('lead to every page of docs/ from docs/README.md', () => {
    const linked = new Set(
      linksOf(read('docs/README.md')).map((link) => normalize(`docs/${link.split('#')[0] ?? ''}`)),
    );
    const pages = markdownFiles().filter((path) => path.startsWith('docs/') && path !== 'docs/README.md');
    expect(pages.filter((path) => !linked.has(path))).toEqual([]);
  });
});
