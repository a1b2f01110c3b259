import type { FileProblem } from '@sallyport/wiring';

/**
 * Loads what runs in this process instead of asking a running house. It brings Nest and Cedar with it, which commands
 * that only ask do without.
 */
export function loadHouse(): Promise<typeof import('@sallyport/wiring')> {
  return import('@sallyport/wiring');
}

/** The problems that an error of the house carries (`NotServed`); null for any other error. */
export function problemsOf(error: unknown): readonly FileProblem[] | null {
  const { problems } = error as { problems?: unknown };
  return Array.isArray(problems) ? (problems as readonly FileProblem[]) : null;
}
