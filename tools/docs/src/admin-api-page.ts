import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { root } from './tree.ts';

/** Where the OpenAPI document of the admin API stands. */
export const adminApiPath = 'docs/reference/admin-api.json';

const program = `import { adminApi } from '@sallyport/endpoint-admin';
process.stdout.write(JSON.stringify(await adminApi()));`;

/** The document, by the built admin API: Node strips types from sources, but not their decorators. Build first. */
export async function builtAdminApi(): Promise<string> {
  const text = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: root,
    encoding: 'utf8',
  });
  const filepath = resolve(root, adminApiPath);
  return format(text, { ...(await resolveConfig(filepath)), filepath });
}
