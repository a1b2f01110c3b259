import { thrownText } from '../text/thrown-text.ts';

/**
 * Has something run that nobody waits for. What it throws, at once or later, is told: it neither ends the process, as a rejection
 * that nobody handles does, nor passes in silence.
 */
export function beside(act: () => unknown, failed: (why: string) => void): void {
  async function run(): Promise<void> {
    await act();
  }
  run().catch((error: unknown) => failed(thrownText(error)));
}
