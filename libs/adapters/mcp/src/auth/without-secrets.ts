/** A shorter secret would be found in ordinary words. */
const SHORTEST = 8;
const MARK = '[redacted:own_key]';

/** A text, JSON or not, without these secrets. */
export function withoutSecrets(text: string, secrets: Iterable<string>): string {
  const findable = [...secrets].filter(({ length }) => length >= SHORTEST);
  // Some write `\/` for `/` in JSON.
  const written = new Set(findable.flatMap((secret) => [secret, secret.replaceAll('/', String.raw`\/`)]));
  return [...written].reduce((left, secret) => left.replaceAll(secret, MARK), text);
}
