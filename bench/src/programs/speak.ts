/** What a program may be asked, by name, beside `usage`. */
export type Answers = Readonly<Record<string, () => unknown>>;

/**
 * The child's end of the channel: says where it serves, answers questions, and ends when the channel does.
 *
 * @param stop ends what the program runs, before the process does
 */
export function speak(
  url: string,
  stop: () => Promise<unknown> = () => Promise.resolve(),
  answers: Answers = {},
): void {
  process.on('message', ({ id, question }: { readonly id: number; readonly question: string }) => {
    const answer = question === 'usage' ? usage() : answers[question]?.();
    process.send?.({ to: id, answer });
  });
  process.once('disconnect', () => void stop().finally(() => process.exit()));
  process.send?.({ url });
}

function usage(): { cpuMs: number; rssMb: number } {
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1000, rssMb: process.memoryUsage.rss() / 1_048_576 };
}
