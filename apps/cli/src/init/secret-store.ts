/** Where `init` puts what must not stand in the configuration; every command that runs Sallyport itself reads it. */
export const SECRETS_FILE = 'sallyport.env';

/** Collects secrets under the names of environment variables. */
export interface SecretStore {
  /** Keeps a value under exactly this name; false when the name already has another value. */
  keep(name: string, value: string): boolean;
  /** Keeps a value under a name like this one, and says which. */
  keepLike(name: string, value: string): string;
  /** The file's text, as `node --env-file` reads it; null where nothing was kept. */
  text(): string | null;
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
    text: () =>
      values.size === 0
        ? null
        : ['# Secrets that sallyport.yaml names. Keep this file to yourself.', ...[...values].map(line), ''].join('\n'),
  };
}

function line([name, value]: [string, string]): string {
  const quote = ["'", '"', '`'].find((mark) => !value.includes(mark));
  return `${name}=${quote ?? ''}${value}${quote ?? ''}`;
}
