import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { adminApiPath, builtAdminApi } from './admin-api-page.ts';
import { pages, pageText } from './pages.ts';
import { root } from './tree.ts';

// `npm run docs`, after `npm run build`
for (const path of Object.keys(pages)) {
  await writeFile(resolve(root, path), await pageText(path));
  console.log(path);
}
await writeFile(resolve(root, adminApiPath), await builtAdminApi());
console.log(adminApiPath);
