import { hash } from 'node:crypto';
import type { FastifyReply } from 'fastify';

/** Text of HTML: what `html` made of trusted templates and untrusted values. */
export interface Html {
  readonly html: string;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
/** Control, invisible and bidirectional characters would make a name look like another. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
const LONGEST = 4_000;

/** Values stand as text, whatever they hold; `Html` stands as it is. */
export function html(parts: TemplateStringsArray, ...values: readonly (string | Html | readonly Html[])[]): Html {
  const text = values.map((value) => {
    if (typeof value === 'string') return escaped(value);
    return 'html' in value ? value.html : value.map((each) => each.html).join('');
  });
  return { html: parts.map((part, at) => part + (text[at] ?? '')).join('') };
}

function escaped(text: string): string {
  return text
    .slice(0, LONGEST)
    .replace(UNSEEN, '')
    .replace(/[&<>"']/g, (found) => entities[found] ?? '');
}

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem}' +
  'dt{color:#666}dd{margin:0 0 .6rem;overflow-wrap:anywhere}button{font:inherit;padding:.4rem 1rem}form{margin:1rem 0}';

/** No scripts, nothing from elsewhere, in no frame, and forms go to us alone. */
const headers = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${hash('sha256', STYLE, 'base64')}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  // With `no-referrer` browsers would send `Origin: null` with our own forms.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};

export interface Page {
  readonly status?: number;
  readonly title: string;
  readonly body: Html;
  /** Where the browser goes next by itself: not by a redirect, which `form-action` would hold to our own pages. */
  readonly next?: URL;
}

export function sendPage(reply: FastifyReply, { status = 200, title, body, next }: Page): FastifyReply {
  const refresh: Html =
    next === undefined ? { html: '' } : { html: `<meta http-equiv="refresh" content="0;url=${attribute(next)}">` };
  const text = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        ${refresh}
        <title>${title}</title>
        <style>
          ${{ html: STYLE }}
        </style>
      </head>
      <body>
        <h1>${title}</h1>
        ${body}
      </body>
    </html>`;
  return reply.code(status).headers(headers).send(text.html);
}

/** A link to an address, which is longer than texts may be. */
export function linkTo(url: URL): Html {
  return { html: `<a href="${attribute(url)}" rel="noreferrer">${escaped(url.host)}</a>` };
}

function attribute(url: URL): string {
  return url.href.replace(/[&<>"']/g, (found) => entities[found] ?? '');
}
