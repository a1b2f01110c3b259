import 'reflect-metadata';
import { adminApi } from '@sallyport/endpoint-admin';
import { adminApiPath } from './admin-api-page.ts';
import { read } from './tree.ts';

test(`${adminApiPath} says what the admin API checks; else run \`npm run build\` and \`npm run docs\``, async () => {
  expect(JSON.parse(read(adminApiPath))).toEqual(JSON.parse(JSON.stringify(await adminApi())));
});
