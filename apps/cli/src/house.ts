import { Failure } from './failure.ts';

/** One thing that is wrong in a file. Lines and columns count from 1. */
export interface FileProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint: string;
}

export interface PolicyCheck {
  readonly policies: number;
  readonly problems: readonly FileProblem[];
}

export interface PolicyTest {
  readonly results: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[];
  /** Why the tests could not be run at all. */
  readonly problems: readonly FileProblem[];
}

/** What the CLI runs in its own process. */
export interface House {
  serve(options: { readonly config?: string }): Promise<{ readonly url: string }>;
  /** Resolves when the client has gone. */
  stdio(options: { readonly config?: string; readonly token: string | undefined }): Promise<void>;
  loadConfig(
    path?: string,
  ): Promise<{ readonly ok: true } | { readonly ok: false; readonly problems: readonly FileProblem[] }>;
  checkPolicies(options: { readonly config?: string }): Promise<PolicyCheck>;
  testPolicies(options: { readonly config?: string; readonly cases?: string }): Promise<PolicyTest>;
}

/**
 * Loads one function of the house. It brings Nest and Cedar with it, which commands that only ask a running house do
 * without.
 *
 * @throws Failure when this build has no such function
 */
export async function houseFunction<Name extends keyof House>(name: Name): Promise<House[Name]> {
  const house = (await import('@sallyport/wiring')) as object as Partial<House>;
  const found = house[name];
  if (found === undefined) throw new Failure('usage', `This build has no ${name}.`);
  return found;
}

/** `file:line:column message`, and the hint on a line of its own. */
export function problemText({ file, line, column, message, hint }: FileProblem): string {
  return `${file}:${line}:${column} ${message}${hint === '' ? '' : `\n  ${hint}`}`;
}
