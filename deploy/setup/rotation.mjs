// @ts-check
// Changing a secret of a running instance. A key file holds one key a line: the first signs, all of them verify. So a new
// key is added everywhere, then put first everywhere, then the old one is taken away, with a restart after each step.

/** @typedef {import('./inventory.mjs').Secret} Secret */

/** @type {Record<string, (lines: string[], fresh: () => string) => string[]>} */
const steps = {
  add: (lines, fresh) => [...lines, fresh()],
  promote: (lines) => [...lines.slice(-1), ...lines.slice(0, -1)],
  retire: (lines) => lines.slice(0, 1),
  renew: (_lines, fresh) => [fresh()],
};

/** @type {Record<string, string>} What can't be changed here, and why. */
const fixed = {
  'tenants.key': 'digests in the record are made with it, and another key would match none of them',
  'cluster.id': 'it is written into the storage of the broker',
  'broker.password': 'the broker took it when its storage was made; see kafka-configs.sh',
  'admin.password': 'the broker took it when its storage was made; see kafka-configs.sh',
  'owner.password': 'the database took it when it was made; see ALTER ROLE',
};

/**
 * One step of a rotation.
 *
 * @param {string} step `add`, `promote` or `retire` for a key; `renew` for a password or a token
 * @param {Pick<Secret, 'file' | 'make'>} secret
 * @param {string} text the file as it is
 * @returns {string} the file as it is to be
 * @throws Error where the step is none of these, or not one for this file
 */
export function turned(step, { file, make }, text) {
  const change = Object.hasOwn(steps, step) ? steps[step] : undefined;
  if (!change) throw new Error(`"${step}" is no step: add, promote, retire or renew`);
  if (Object.hasOwn(fixed, file)) throw new Error(`${file} stays: ${fixed[file]}`);
  const isKey = file.endsWith('.key');
  if (file === 'sealing.key' && step === 'retire')
    throw new Error(`${file}: keys of subjects are wrapped by its older lines, which stay`);
  if (isKey !== (step !== 'renew')) throw new Error(isKey ? `${file}: add, promote, retire` : `${file}: renew`);
  return change(text.split('\n'), make).join('\n');
}
