/** Names of one tenant's keys. All of them have one hash tag, so that they are in one slot of a Redis Cluster. */
export interface TenantKeys {
  /** Open tickets by their end. */
  readonly open: string;
  /** Under which mark the tenant's budgets count. */
  readonly budgets: string;
  ticket(id: string): string;
  counter(kind: string, key: string): string;
  used(id: string): string;
}

/**
 * No tenant can be spelled so that its keys meet another's: what would end the tag early is escaped, and the text before
 * the tenant keeps an empty one from leaving the tag empty, which Redis takes for no tag at all.
 */
export function keysOf(tenant: string): TenantKeys {
  const tag = `{sallyport:${escaped(tenant)}}`;
  return {
    open: `${tag}open`,
    budgets: `${tag}budgets`,
    ticket: (id) => `${tag}ticket:${escaped(id)}`,
    counter: (kind, key) => `${tag}${kind}:${escaped(key)}`,
    used: (id) => `${tag}used:${escaped(id)}`,
  };
}

/** Half of a surrogate pair counts, since UTF-8 would write all of them alike. */
const special = /[%{}\p{Surrogate}]/gu;
const perhaps = /[%{}\ud800-\udfff]/;

/** Distinct texts stay distinct. */
function escaped(text: string): string {
  if (!perhaps.test(text)) return text;
  return text.replace(special, (char) => `%${char.charCodeAt(0).toString(16)};`);
}
