import type { Finding } from '@sallyport/contracts';
import { Failure } from './failure.ts';

/** One thing that is wrong in a file. Lines and columns count from 1. */
export interface FileProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint: string;
}

export interface PolicyCaseResult {
  readonly name: string;
  readonly ok: boolean;
  /** One line for each member that differs. */
  readonly diff: readonly string[];
}

/** A house that serves in this process. */
export interface ServedHouse {
  readonly url: string;
  /** For the admin API. */
  readonly operatorToken: string;
  readonly upstreams: readonly string[];
  /** Development users, whose tokens are no secrets. */
  readonly users: readonly {
    readonly subject: string;
    readonly tenant: string;
    readonly roles?: readonly string[];
    readonly token: string;
  }[];
}

/** What the CLI runs in its own process. A configuration or policy that can't be used is thrown, with `problems`. */
export interface House {
  serve(options: { readonly config?: string }): Promise<ServedHouse>;
  /** Resolves when the client has gone. */
  stdio(options: { readonly config?: string; readonly token: string | undefined }): Promise<void>;
  /** Puts the house together in memory and sends a probe through everything configured. */
  checkConfig(config?: string): Promise<readonly Finding[]>;
  checkPolicies(config?: string): Promise<{ readonly digest: string }>;
  testPolicies(options: { readonly config?: string; readonly file?: string }): Promise<readonly PolicyCaseResult[]>;
}

/** The problems that an error of the house carries; null for any other error. */
export function problemsOf(error: unknown): readonly FileProblem[] | null {
  const { problems } = error as { problems?: unknown };
  return Array.isArray(problems) ? (problems as readonly FileProblem[]) : null;
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
