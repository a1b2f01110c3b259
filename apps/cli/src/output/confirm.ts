import { createInterface } from 'node:readline/promises';
import { Failure } from '../failure.ts';
import type { Output } from './output.ts';

export interface Asking {
  readonly input: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly output: Pick<Output, 'json'>;
  /** `--yes`: the person has looked already. */
  readonly yes: boolean | undefined;
  /** Shows more for the answer `d`, after which it is asked again. */
  readonly details?: () => void;
}

/**
 * Asks a yes-or-no question on a terminal; anything but a yes is a no.
 *
 * @throws Failure where nobody can be asked: what is piped or printed as JSON was shown to no person, so it needs `--yes`;
 * and where the question is left (Ctrl-C, Ctrl-D)
 */
export async function confirm(question: string, { input, stdout, output, yes, details }: Asking): Promise<boolean> {
  if (yes) return true;
  if (output.json || !input.isTTY)
    throw new Failure('usage', 'This is no terminal, so nobody can be asked.', {
      hint: 'Look at it first, then give --yes.',
    });
  const asked = createInterface({ input, output: stdout });
  // A question would wait for ever on an input that has ended.
  const left = new AbortController();
  asked.once('close', () => left.abort());
  const choices = details === undefined ? 'y/N' : 'y/N, d for details';
  try {
    for (;;) {
      const answer = (await asked.question(`${question} [${choices}] `, left)).trim();
      if (details === undefined || answer.toLowerCase() !== 'd') return /^y(es)?$/i.test(answer);
      details();
    }
  } catch {
    throw new Failure('refused', 'The question was left without an answer, so nothing more was done.');
  } finally {
    asked.close();
  }
}
