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
/** A word that nobody types: letters of both cases with digits, a long hexadecimal number, a UUID. */
const random =
  /^(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[\w-]{16,}$|^[0-9a-fA-F]{24,}$|^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/;

/** Whether an environment variable must be kept out of the configuration: anything that is not clearly harmless. */
export function isSecretVariable(name: string, value: string): boolean {
  if (value === '') return false;
  if (secretName.test(name) || isSecretValue(value)) return true;
  return !harmless.some((pattern) => pattern.test(value));
}

/**
 * Whether an argument holds a credential: by itself, as the value of the option before it, or within a command that is one argument,
 * as of a shell.
 */
export function isSecretArgument(arg: string, before: string): boolean {
  const words = arg.split(/[\s'"`;&|]+/).filter((word) => word !== '');
  if (words.length > 1 && words.some((word, at) => isSecretWord(word, words[at - 1] ?? ''))) return true;
  const named = [...arg.matchAll(/([A-Za-z][\w.-]*)\s*[:=]\s*(?!\/\/)['"`]?[^\s'"`]/g)];
  return isSecretWord(arg, before) || (words.length > 1 && named.some(([, name = '']) => secretName.test(name)));
}

function isSecretWord(arg: string, before: string): boolean {
  const [, name, value] = /^-{0,2}([A-Za-z][\w.-]*)(?:=|:\s*)(?!\/\/)(.+)$/s.exec(arg) ?? [];
  if (name !== undefined && value !== undefined && (secretName.test(name) || isSecretValue(value))) return true;
  const isValue = !arg.startsWith('-') && /^--?[^=]+$/.test(before) && secretName.test(before);
  return isValue || isSecretValue(arg);
}

function isSecretValue(value: string): boolean {
  return known.test(value) || random.test(value) || isSecretUrl(value);
}

/** An address with a password, a credential among the query's parameters, or one in its path. */
export function isSecretUrl(text: string): boolean {
  if (!URL.canParse(text) || !/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return false;
  const { password, searchParams, pathname } = new URL(text);
  if (password !== '' || [...searchParams].some(([key, value]) => secretName.test(key) || isWord(value))) return true;
  return pathname.split('/').some(isWord);
}

function isWord(text: string): boolean {
  return known.test(text) || random.test(text);
}
