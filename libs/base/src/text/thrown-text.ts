/** What an error says; of a value that was thrown and is no error, its text. */
export function thrownText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The same with where it was thrown, for our log. */
export function thrownStack(error: unknown): string {
  return (error instanceof Error ? error.stack : undefined) ?? thrownText(error);
}
