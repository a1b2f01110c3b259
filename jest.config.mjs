import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';

const roots = ['apps', 'libs', 'examples', 'tools'];
const withContainers = '**/*.int.spec.ts';

/** Whether a container engine answers: real servers can be had then. */
function hasEngine() {
  return spawnSync('docker', ['info'], { stdio: 'ignore', timeout: 20_000 }).status === 0;
}

/** What can't be run here, as jest's patterns; said aloud, so that nobody takes the rest for the whole. */
function leftOut() {
  if (hasEngine()) return [];
  const files = roots.flatMap((root) =>
    globSync(`${root}/${withContainers}`, { exclude: (name) => name === 'node_modules' || name === 'dist' }),
  );
  const list = files.map((file) => `  ${file}`).join('\n');
  process.stderr.write(`No container engine answers \`docker info\`. Left out, ${files.length} files:\n${list}\n`);
  return ['\\.int\\.spec\\.ts$'];
}

export default {
  testEnvironment: 'node',
  // Long enough for a machine with half a core: a test that hangs is found all the same.
  testTimeout: 60_000,
  testMatch: ['**/*.spec.ts'],
  modulePathIgnorePatterns: ['/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  testEnvironmentOptions: { customExportConditions: ['@sallyport/source', 'node'] },
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        jsc: {
          target: 'es2024',
          keepClassNames: true,
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
      },
    ],
  },
  roots: roots.map((root) => `<rootDir>/${root}`),
  testPathIgnorePatterns: ['/node_modules/', ...leftOut()],
  globalSetup: '<rootDir>/libs/testing/test-run/start.mjs',
  globalTeardown: '<rootDir>/libs/testing/test-run/end.mjs',
  // All cores: much of the time is waiting for servers.
  maxWorkers: '100%',
  // A library that leaves something open delays the end of a run by hand, where it is seen. It does not delay CI.
  forceExit: process.env.CI === 'true',
};
