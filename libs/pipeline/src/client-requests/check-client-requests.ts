import type { ClientRequestsConfig, Config, Finding, JsonObject } from '@sallyport/contracts';
import { kindOf } from './kinds.ts';
import type { RequestKind } from './reading.ts';

/** What an upstream may ask, and the smallest request that shows whether it does. */
const probes: readonly (readonly [what: string, method: RequestKind['method'], params: JsonObject])[] = [
  [
    'sampling',
    'sampling/createMessage',
    { messages: [{ role: 'user', content: { type: 'text', text: 'self-check' } }] },
  ],
  ['forms', 'elicitation/create', { message: 'self-check', requestedSchema: { type: 'object', properties: {} } }],
  ['pages', 'elicitation/create', { mode: 'url', message: 'self-check', elicitationId: 'self-check' }],
  ['roots', 'roots/list', {}],
];
const credential: JsonObject = {
  message: 'self-check: your password',
  requestedSchema: { type: 'object', properties: { value: { type: 'string' } } },
};

/** Sends every kind of request through the guard of each upstream, and says what would reach a client. */
export function checkClientRequests({ upstreams }: Pick<Config, 'upstreams'>): readonly Finding[] {
  return Object.entries(upstreams).map(([upstream, { client_requests: granted }]) => {
    const passes = probes.filter(([, method, params]) => isShown(upstream, granted, method, params));
    const fires = !isShown(upstream, granted, 'elicitation/create', credential);
    return {
      about: `client_requests/${upstream}`,
      fires,
      detail: fires
        ? told(
            passes.map(([what]) => what),
            granted,
          )
        : 'a form that asks for a password was passed on',
      hint: 'Please report this, and take elicitation out of client_requests until it is mended.',
    };
  });
}

function isShown(
  upstream: string,
  granted: ClientRequestsConfig | undefined,
  method: RequestKind['method'],
  params: JsonObject,
): boolean {
  const kind = kindOf(method);
  if (kind === undefined || granted === undefined || kind.missing(params, granted) !== null) return false;
  const [host = ''] = granted.elicitation?.url_hosts ?? [];
  const url = params['mode'] === 'url' ? { url: `https://${host}/` } : {};
  return kind.prepare({ ...params, ...url }, { upstream, granted }).kind === 'shown';
}

function told(passes: readonly string[], granted: ClientRequestsConfig | undefined): string {
  if (granted === undefined || passes.length === 0) return 'may ask clients nothing';
  const { sampling, elicitation, rate, per_call } = granted;
  const more: Readonly<Record<string, string>> = {
    sampling: `sampling of ${sampling?.max_tokens ?? 0} tokens`,
    pages: `pages of ${(elicitation?.url_hosts ?? []).join(', ')}`,
  };
  const what = passes.map((one) => more[one] ?? one).join('; ');
  return `may ask clients for ${what}; ${per_call} times a call, ${rate.count} times in ${rate.periodMs / 1_000} s, unless a policy forbids it`;
}
