import { pages, pageText } from './pages.ts';
import { read } from './tree.ts';

describe('the generated pages', () => {
  it.each(Object.keys(pages))('%s says what the code says; else run `npm run docs`', async (path) => {
    expect(read(path)).toBe(await pageText(path));
  });
});
