import { type Clock, type Ids, isOperator, type JsonObject, type Keys, type Principal } from '@sallyport/contracts';
import { createSeal } from '../protocol/seal.ts';

/** Who a browser has proven to be. */
export type Person = Pick<Principal, 'tenant'> & { readonly subject: Pick<Principal['subject'], 'id' | 'issuer'> };

/**
 * What a browser carries from page to page, for one upstream: `whom` is whom the link was made for, empty for nobody in particular;
 * `csrf` stands in the forms of the page that came with it.
 */
export type BrowserState = { readonly upstream: string; readonly whom: string } & (
  | { readonly step: 'asked'; readonly csrf: string }
  | { readonly step: 'signing_in'; readonly issuer: string; readonly pending: JsonObject }
  | { readonly step: 'known'; readonly csrf: string; readonly person: Person }
  | { readonly step: 'connecting'; readonly person: Person; readonly pending: JsonObject }
);

/** A cookie that neither other pages nor scripts can read or make. */
export interface BrowserStates {
  cookie(state: BrowserState, isSecure: boolean): string;
  /** Null for none that is ours, or one that is too old. */
  read(cookies: string | undefined, isSecure: boolean): BrowserState | null;
  /** The cookie that ends it. */
  over(isSecure: boolean): string;
}

const DOMAIN = 'sallyport/connect/v1';
const LIFETIME_MS = 600_000;

/** One for each browser: a second sign-in in it takes the place of the first. */
export function createBrowserStates(parts: {
  readonly keys: Keys;
  readonly ids: Ids;
  readonly clock: Clock;
}): BrowserStates {
  const sealing = createSeal(parts, DOMAIN);
  // Of no tenant: who it is, is found out on the way.
  const tenant = '_system';
  const nameOf = (isSecure: boolean): string => `${isSecure ? '__Host-' : ''}sallyport-connect`;
  const set = (isSecure: boolean, value: string, seconds: number): string =>
    `${nameOf(isSecure)}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${seconds}${isSecure ? '; Secure' : ''}`;

  return {
    cookie(state, isSecure) {
      const until = parts.clock.now() + LIFETIME_MS;
      const content = JSON.parse(JSON.stringify({ ...state, until })) as JsonObject;
      return set(isSecure, sealing.seal(tenant, content), LIFETIME_MS / 1_000);
    },
    read(cookies = '', isSecure) {
      const prefix = `${nameOf(isSecure)}=`;
      const found = cookies.split(/; */).filter((each) => each.startsWith(prefix));
      // Two of one name: somebody else has set one of them.
      const content = found.length === 1 ? sealing.open(tenant, (found[0] ?? '').slice(prefix.length)) : null;
      return content !== null && isCurrent(content, parts.clock.now()) ? content : null;
    },
    over: (isSecure) => set(isSecure, '', 0),
  };
}

/** What opens was sealed by `cookie`. */
function isCurrent(content: JsonObject, now: number): content is JsonObject & BrowserState {
  const { until, step } = content;
  return typeof until === 'number' && now < until && typeof step === 'string';
}

/** Who somebody is, in words. */
export function personText({ tenant, subject }: Person): string {
  return isOperator(subject) ? 'the operator of this Sallyport' : `${subject.id} (${subject.issuer}) of ${tenant}`;
}
