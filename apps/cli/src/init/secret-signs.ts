const secretName = /key|token|secret|pass(word|wd|phrase)?|auth|credential|cookie|session|private|dsn|\bpat\b|_pat$/i;
/** Values that can't be a credential: switches, numbers, short words, paths, plain URLs. */
const harmless = [
  /^(true|false|yes|no|on|off)?$/i,
  /^\d{1,6}$/,
  /^[a-z][a-z.-]{0,15}$/i,
  /^(\.{0,2}|~|[A-Za-z]:)[/\\][^\s]*$/,
  /^https?:\/\/[^\s@?#]+$/,
];
/** Prefixes of credentials that are known by them. */
const known = /^(sk-|pk-|rk_|gh[pousr]_|github_pat_|glpat-|xox[abprs]-|AKIA|AIza|eyJ|Bearer\s|Basic\s|npm_|hf_|shpat_)/;

/** Whether an environment variable must be kept out of the configuration: anything that is not clearly harmless. */
export function isSecretVariable(name: string, value: string): boolean {
  if (value === '') return false;
  return secretName.test(name) || known.test(value) || !harmless.some((pattern) => pattern.test(value));
}

/**
 * Takes credentials out of a program's arguments, which can't be read from elsewhere.
 *
 * @returns the arguments with `REPLACE-ME` in the place of what looks like a credential, and how many there were
 */
export function withoutSecrets(args: readonly string[]): { args: readonly string[]; removed: number } {
  const cleaned = args.map((arg, index) => withoutSecret(arg, args[index - 1] ?? ''));
  return { args: cleaned, removed: cleaned.filter((arg, index) => arg !== args[index]).length };
}

function withoutSecret(arg: string, before: string): string {
  const [, flag, value] = /^(--?[^=]+)=(.+)$/.exec(arg) ?? [];
  if (flag !== undefined && value !== undefined) return isSecretFlag(flag, value) ? `${flag}=REPLACE-ME` : arg;
  return known.test(arg) || hasLogin(arg) || isSecretFlagsValue(arg, before) ? 'REPLACE-ME' : arg;
}

/** The argument after `--api-key`. */
function isSecretFlagsValue(arg: string, flag: string): boolean {
  return !arg.startsWith('-') && flag.startsWith('-') && !flag.includes('=') && secretName.test(flag);
}

function isSecretFlag(flag: string, value: string): boolean {
  return secretName.test(flag) || known.test(value) || hasLogin(value);
}

/** `scheme://user:password@host`, or a credential among the query's parameters. */
export function hasLogin(text: string): boolean {
  if (!URL.canParse(text) || !/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return false;
  const { password, searchParams } = new URL(text);
  return password !== '' || [...searchParams.keys()].some((key) => secretName.test(key));
}
