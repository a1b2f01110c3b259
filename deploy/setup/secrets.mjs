// @ts-check
/**
 * Fills the volumes of secrets: `node secrets.mjs` makes what is missing and changes nothing that is there.
 * `node secrets.mjs <step> <file> [holder]` changes one that is there (rotation.mjs has the steps); without a holder, for
 * all who hold it.
 *
 * Runs as root, without a network, because the volumes belong to users of several images.
 */
import { createHash } from 'node:crypto';
import { chmodSync, chownSync } from 'node:fs';
import { inventory } from './inventory.mjs';
import { turned } from './rotation.mjs';
import { readSettings } from './settings.mjs';
import { openVolume } from './volume.mjs';

const volume = openVolume('/secrets');
const secrets = inventory((await readSettings()).colocate);

/** @param {import('./inventory.mjs').Secret} secret */
function complete({ file, holders, make }) {
  const found = holders.map((holder) => volume.read(holder, file)).find((text) => text !== null);
  const text = found ?? make();
  const lacking = holders.filter((holder) => volume.read(holder, file) === null);
  for (const holder of lacking) volume.write(holder, file, text);
  if (lacking.length > 0) console.log(`${file}: ${found === undefined ? 'made' : 'copied'} for ${lacking.join(', ')}`);
}

/** @param {string} step @param {string} file @param {string | undefined} only */
function turn(step, file, only) {
  const meant = secrets.filter((secret) => secret.file === file && (!only || secret.holders.includes(only)));
  if (meant.length === 0) throw new Error(`nobody holds ${file}`);
  if (meant.length > 1) throw new Error(`${file} differs from holder to holder: name one`);
  for (const secret of meant) {
    const [first = ''] = secret.holders;
    const text = turned(step, secret, volume.read(first, file) ?? '');
    for (const holder of secret.holders) volume.write(holder, file, text);
    console.log(`${file}: ${step} for ${secret.holders.join(', ')}`);
  }
}

/**
 * Redis reads its users from one file, with digests in place of passwords. Each may use counters, and not administer the
 * server; nobody is nobody.
 */
function writeRedisUsers() {
  const users = secrets
    .filter(({ file }) => file === 'redis.password')
    .flatMap(({ file, holders }) => holders.map((holder) => [holder, volume.read(holder, file) ?? '']));
  const lines = users.map(([name, password = '']) => {
    const digest = createHash('sha256').update(password).digest('hex');
    return `user ${name} on #${digest} ~* resetchannels +@all -@admin -@dangerous +info`;
  });
  const text = ['user default off', ...lines].join('\n');
  if (volume.read('redis', 'users.acl') !== text) volume.write('redis', 'users.acl', text);
}

const [step, file, holder] = process.argv.slice(2);
for (const secret of secrets) complete(secret);
try {
  if (step !== undefined) turn(step, file ?? '', holder);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
writeRedisUsers();

// Volumes that an image has no folder for belong to root until somebody gives them away.
for (const folder of ['/volumes/kafka', '/volumes/gateway']) {
  chownSync(folder, 1000, 1000);
  chmodSync(folder, 0o700);
}
