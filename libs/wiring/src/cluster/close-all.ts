/** Closes one thing after the other; one that fails does not keep the rest open. */
export async function closeAll(steps: readonly (() => Promise<void>)[]): Promise<void> {
  for (const step of steps) await step().catch(() => undefined);
}
