import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { root } from '../tree.ts';
import { breaches } from './additions.ts';
import { feedContract } from './feed-contract.ts';
import { RELEASED, releasedContract } from './released.ts';

// `npm run release-feed --workspace tools/docs`, when a version goes out: from then on its schemas are only added to.
const filepath = resolve(root, RELEASED);
const current = feedContract();
const faults = existsSync(filepath) ? breaches(releasedContract(), current) : [];
if (faults.length > 0) {
  console.error(['Consumers rely on what is released:', ...faults].join('\n  '));
  process.exitCode = 1;
} else {
  writeFileSync(filepath, await format(JSON.stringify(current), { ...(await resolveConfig(filepath)), filepath }));
  console.log(RELEASED);
}
