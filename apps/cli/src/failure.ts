/** What the process ends with. Documented in `--help`. */
export const exitCodes = { ok: 0, refused: 1, usage: 2, unreachable: 3 } as const;

/** A failure that is said in one or two lines, without a stack, and ends the process with its exit code. */
export class Failure extends Error {
  readonly code = 'cli_failure';
  readonly exitCode: number;
  readonly hint: string;
  /** What an instance answered; null where it was not asked, or did not answer. */
  readonly status: number | null;

  constructor(
    kind: Exclude<keyof typeof exitCodes, 'ok'>,
    message: string,
    { hint = '', status = null }: { readonly hint?: string; readonly status?: number | null } = {},
  ) {
    super(message);
    this.exitCode = exitCodes[kind];
    this.hint = hint;
    this.status = status;
  }
}
