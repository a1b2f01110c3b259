import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { FileProblem } from '@sallyport/wiring';
import { SECRETS_FILE } from './init/secret-store.ts';

/**
 * Loads what runs in this process instead of asking a running instance. It brings Nest and Cedar with it, which commands
 * that only ask do without. Variables of the secrets file that `init` wrote beside the configuration come with it; those
 * that are set already win.
 */
export function loadWiring(config: string): Promise<typeof import('@sallyport/wiring')> {
  const secrets = resolve(dirname(config), SECRETS_FILE);
  if (existsSync(secrets)) process.loadEnvFile(secrets);
  return import('@sallyport/wiring');
}

/** The problems that an error of Sallyport carries (`NotServed`); null for any other error. */
export function problemsOf(error: unknown): readonly FileProblem[] | null {
  const { problems } = error as { problems?: unknown };
  return Array.isArray(problems) ? (problems as readonly FileProblem[]) : null;
}
