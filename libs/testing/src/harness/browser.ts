/** A page as a browser shows it. */
export interface ShownPage {
  readonly url: URL;
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

/** As much of a browser as signing in takes: it keeps cookies of each origin, follows redirects and refreshes, and sends forms. */
export class Browser {
  readonly #cookies = new Map<string, Map<string, string>>();

  /** @param until a page whose address begins so is not opened any more, and is the answer itself */
  async open(from: string | URL, until?: string): Promise<ShownPage> {
    return this.#go(new URL(from), { method: 'GET' }, until);
  }

  /** Sends the first form of a page that has all these fields, filled in so. */
  async submit(page: ShownPage, fields: Readonly<Record<string, string>>, until?: string): Promise<ShownPage> {
    const forms = [...page.text.matchAll(/<form method="post">(.*?)<\/form>/gs)].map(([, form = '']) => fieldsOf(form));
    const form = forms.find((known) => Object.keys(fields).every((name) => known.has(name)));
    if (form === undefined) throw new Error(`no form with ${Object.keys(fields).join(', ')} in ${page.text}`);
    const body = new URLSearchParams([...new Map([...form, ...Object.entries(fields)])]);
    return this.#go(page.url, { method: 'POST', body, headers: { origin: page.url.origin } }, until);
  }

  /** What it would send to an origin. */
  cookies(origin: string): string {
    return [...(this.#cookies.get(origin) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  async #go(first: URL, init: RequestInit, until?: string): Promise<ShownPage> {
    let [at, sent] = [first, init];
    for (let n = 0; n < 12; n++) {
      if (until !== undefined && at.href.startsWith(until))
        return { url: at, status: 0, text: '', headers: new Headers() };
      const headers = { ...sent.headers, cookie: this.cookies(at.origin) };
      const answer = await fetch(at, { ...sent, headers, redirect: 'manual' });
      this.#keep(at.origin, answer.headers);
      const text = await answer.text();
      const to = answer.headers.get('location') ?? /http-equiv="refresh" content="0;url=([^"]+)"/.exec(text)?.[1];
      if (to === undefined) return { url: at, status: answer.status, text, headers: answer.headers };
      [at, sent] = [new URL(to.replaceAll('&amp;', '&'), at), { method: 'GET' }];
    }
    throw new Error('it goes on and on');
  }

  #keep(origin: string, headers: Headers): void {
    const kept = this.#cookies.get(origin) ?? new Map<string, string>();
    this.#cookies.set(origin, kept);
    for (const set of headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      if (value === '') kept.delete(name);
      else kept.set(name, value);
    }
  }
}

function fieldsOf(form: string): Map<string, string> {
  const inputs = [...form.matchAll(/<input [^>]*name="([^"]+)"(?: value="([^"]*)")?/g)];
  return new Map(inputs.map(([, name = '', value = '']) => [name, value]));
}
