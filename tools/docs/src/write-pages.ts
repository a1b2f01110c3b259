import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pages, pageText } from './pages.ts';
import { root } from './tree.ts';

// `npm run docs`
for (const path of Object.keys(pages)) {
  await writeFile(resolve(root, path), await pageText(path));
  console.log(path);
}
