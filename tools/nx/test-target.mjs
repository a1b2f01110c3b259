import { globSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Gives every project with tests the target `test`: the one jest configuration of the workspace over the project's folder.
 * With it `nx affected -t test` runs what a change touches.
 *
 * @type {import('@nx/devkit').CreateNodesV2}
 */
export const createNodesV2 = [
  '{apps,libs,examples,tools}/**/package.json',
  (manifests, _options, { workspaceRoot }) =>
    manifests.map((manifest) => [manifest, { projects: projectAt(dirname(manifest), workspaceRoot) }]),
];

function projectAt(folder, workspaceRoot) {
  const specs = globSync(`${folder}/{src,test}/**/*.spec.ts`, { cwd: workspaceRoot });
  const test = { command: `npm test -- ${folder}/`, cache: true, inputs: ['default', '^production'] };
  return specs.length === 0 ? {} : { [folder]: { targets: { test } } };
}
