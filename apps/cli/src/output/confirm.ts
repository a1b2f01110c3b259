import { createInterface } from 'node:readline/promises';

export interface Terminal {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
}

/** Asks a yes-or-no question on a terminal; anything but a yes is a no. Without a terminal nobody is asked: yes. */
export async function confirm(question: string, { input, output }: Terminal): Promise<boolean> {
  if (!input.isTTY || !output.isTTY) return true;
  const asked = createInterface({ input, output });
  try {
    return /^y(es)?$/i.test((await asked.question(`${question} [y/N] `)).trim());
  } catch {
    return false;
  } finally {
    asked.close();
  }
}
