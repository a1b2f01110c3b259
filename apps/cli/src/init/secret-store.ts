/** Where `init` puts what must not stand in the configuration; every command that runs Sallyport itself reads it. */
export const SECRETS_FILE = 'sallyport.env';

/** Collects secrets under the names of environment variables. */
export interface SecretStore {
  /** Keeps a value under exactly this name; false when the name already has another value. */
  keep(name: string, value: string): boolean;
  /** Keeps a value under a name like this one, and says which. */
  keepLike(name: string, value: string): string;
  readonly size: number;
  /** The file's text, as `node --env-file` reads it. */
  text(): string;
}

export function createSecretStore(): SecretStore {
  const values = new Map<string, string>();

  function keep(name: string, value: string): boolean {
    if (values.has(name)) return values.get(name) === value;
    values.set(name, value);
    return true;
  }

  return {
    keep,
    keepLike(wanted, value) {
      const base = wanted
        .toUpperCase()
        .replaceAll(/[^A-Z0-9]+/g, '_')
        .replace(/^(?=\d)/, '_');
      let name = base;
      for (let attempt = 2; !keep(name, value); attempt += 1) name = `${base}_${attempt}`;
      return name;
    },
    get size() {
      return values.size;
    },
    text: () =>
      ['# Secrets that sallyport.yaml names. Keep this file to yourself.', ...[...values].map(line), ''].join('\n'),
  };
}

function line([name, value]: [string, string]): string {
  const quote = ["'", '"', '`'].find((mark) => !value.includes(mark));
  return `${name}=${quote ?? ''}${value}${quote ?? ''}`;
}
