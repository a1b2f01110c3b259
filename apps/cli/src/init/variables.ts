import { basename, sep } from 'node:path';
import { PLACEHOLDER } from '@sallyport/contracts';

/** What a client's variables stand for. */
export interface ClientContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** The client's folder; null where it is not known. */
  readonly folder: string | null;
}

/** A text with its variables replaced; `REPLACE-ME` stands where one is not known here. */
export interface Expanded {
  readonly text: string;
  readonly unknown: readonly string[];
}

/**
 * Replaces `${workspaceFolder}`, `${userHome}`, `${env:X}`, `${X}` and `${X:-default}`. What a client asks for
 * (`${input:x}`) and what is not set is unknown.
 */
export function expand(text: string, context: ClientContext): Expanded {
  const unknown: string[] = [];
  const replaced = text.replaceAll(/\$\{([^{}]+)\}/g, (whole, name: string) => {
    const value = valueOf(name, context);
    if (value === undefined) unknown.push(whole);
    return value ?? PLACEHOLDER;
  });
  return { text: replaced, unknown };
}

function valueOf(name: string, { environment, home, folder }: ClientContext): string | undefined {
  const own: Readonly<Record<string, string | null>> = {
    workspaceFolder: folder,
    workspaceFolderBasename: folder && basename(folder),
    userHome: home,
    pathSeparator: sep,
    '/': sep,
  };
  if (Object.hasOwn(own, name)) return own[name] ?? undefined;
  const [, variable = '', fallback] = /^(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s.exec(name) ?? [];
  return environment[variable] || fallback;
}

/** The variable that a text is, and nothing else: `${X}` or `${env:X}`. */
export function variableOf(text: string): string | null {
  return /^\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(text)?.[1] ?? null;
}
