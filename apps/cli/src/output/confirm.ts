import { createInterface } from 'node:readline/promises';
import { Failure } from '../failure.ts';
import type { Output } from './output.ts';

export interface Asking {
  readonly input: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly output: Pick<Output, 'json'>;
  /** `--yes`: the person has looked already. */
  readonly yes: boolean | undefined;
}

/**
 * Asks a yes-or-no question on a terminal; anything but a yes is a no.
 *
 * @throws Failure where nobody can be asked: what is piped or printed as JSON was shown to no person, so it needs `--yes`
 */
export async function confirm(question: string, { input, stdout, output, yes }: Asking): Promise<boolean> {
  if (yes) return true;
  if (output.json || !input.isTTY)
    throw new Failure('usage', 'This is no terminal, so nobody can be asked.', {
      hint: 'Look at it first, then give --yes.',
    });
  const asked = createInterface({ input, output: stdout });
  try {
    return /^y(es)?$/i.test((await asked.question(`${question} [y/N] `)).trim());
  } catch {
    return false;
  } finally {
    asked.close();
  }
}
