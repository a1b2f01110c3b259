import { type Consent, isOperator } from '@sallyport/contracts';
import { type Person, personText } from './browser-state.ts';
import { type Html, html, type Page } from './page.ts';

/** What stands in each form of ours, and comes back with it. */
interface OfForm {
  readonly upstream: string;
  readonly csrf: string;
}

/** Asks who somebody is: at an issuer of ours, or by a token that is no client's. */
export function whoPage(
  { upstream, csrf }: OfForm,
  { issuers, hasDevelopmentUsers }: { readonly issuers: readonly string[]; readonly hasDevelopmentUsers: boolean },
): Page {
  const ways = issuers.map(
    (issuer) =>
      html`<form method="post">
        ${hidden(csrf)}<input type="hidden" name="issuer" value="${issuer}" /><button>Sign in with ${issuer}</button>
      </form>`,
  );
  const whose = hasDevelopmentUsers ? 'Your token of this Sallyport, or the operator’s' : 'The operator’s token';
  const typed = html`<form method="post">
    ${hidden(csrf)}<label>${whose}<br /><input type="password" name="token" autocomplete="off" required /></label>
    <button>Continue</button>
  </form>`;
  return {
    title: `Connect ${upstream}`,
    body: html`<p>Say who you are, so that what you connect is used for your own calls alone.</p>
      ${ways}${typed}`,
  };
}

/** Shows what somebody agrees to. */
export function consentPage(
  { upstream, csrf, person }: OfForm & { readonly person: Person },
  { issuer, scopes, isConnected }: Consent & { readonly isConnected: boolean },
): Page {
  const removal = html`<form method="post">
    ${hidden(csrf)}<input type="hidden" name="act" value="remove" /><button>Remove what is connected now</button>
  </form>`;
  const use = isOperator(person.subject)
    ? 'Lists, lookups and greetings of this Sallyport, for everybody'
    : 'Your own calls through this Sallyport, and nobody else’s';
  return {
    title: `Connect ${upstream}`,
    body: html`<dl>
        <dt>You are</dt>
        <dd>${personText(person)}</dd>
        <dt>Server</dt>
        <dd>${upstream}</dd>
        <dt>You will sign in at</dt>
        <dd>${issuer}</dd>
        <dt>Scopes</dt>
        <dd>${scopes.join(' ') || 'what that server decides'}</dd>
        <dt>Used for</dt>
        <dd>${use}</dd>
      </dl>
      <form method="post">${hidden(csrf)}<button>Continue to ${new URL(issuer).host}</button></form>
      ${isConnected ? removal : html``}`,
  };
}

function hidden(csrf: string): Html {
  return html`<input type="hidden" name="csrf" value="${csrf}" />`;
}
