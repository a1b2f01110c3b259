import { isOperator, type Principal, publicBase, operatorSubject } from '@sallyport/contracts';
import { thrownText } from '@sallyport/base';
import { createHostCheck } from '@sallyport/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  type BrowserState,
  type BrowserStates,
  createBrowserStates,
  type Person,
  personText,
} from './browser-state.ts';
import { WHOM, whomOf } from './connect-link.ts';
import { clientDocument, documentUrl } from './client-document.ts';
import { consentPage, whoPage } from './connect-forms.ts';
import type { ConnectOptions } from './connect-options.ts';
import { html, linkTo, type Page, sendPage } from './page.ts';

/** The pages on which users sign in at upstreams. */
export interface ConnectPages {
  /** Who are you, and do you agree? */
  show(request: ConnectRequest, reply: FastifyReply): Promise<FastifyReply>;
  /** A form of such a page. */
  take(request: ConnectRequest, reply: FastifyReply): Promise<FastifyReply>;
  /** The browser comes back from an issuer of ours. */
  signedIn(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply>;
  /** The browser comes back from an authorization server. */
  consented(request: ConnectRequest, reply: FastifyReply): Promise<FastifyReply>;
  /** What an authorization server reads of us, whose client we are by that address. */
  metadata(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply>;
}

export type ConnectRequest = FastifyRequest<{
  Params: { upstream: string };
  Querystring: Readonly<Record<string, string | string[] | undefined>>;
}>;

/** One request, with what its browser carries. */
interface Visit {
  readonly options: ConnectOptions;
  readonly states: BrowserStates;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** The address that we are known by. */
  readonly base: string;
  readonly isSecure: boolean;
  readonly state: BrowserState | null;
}

type At<Step extends BrowserState['step']> = Extract<BrowserState, { step: Step }>;

const again = 'Open the link that your agent gave you once more, in this browser.';
const failures = {
  host: {
    status: 403,
    title: 'Not from here',
    body: html`<p>This address is not one of this Sallyport: the operator lists them in allowed_hosts.</p>`,
  },
  none: {
    status: 404,
    title: 'Nothing to sign in to',
    body: html`<p>There is no such server here, or its users need not sign in.</p>`,
  },
  lost: {
    status: 400,
    title: 'This sign-in is over',
    body: html`<p>It took too long, was done already, or began in another browser. ${again}</p>`,
  },
  wrong: {
    status: 401,
    title: 'Not accepted',
    body: html`<p>
      Nobody here has that token. Open the page again and type in another: users have theirs from the operator.
    </p>`,
  },
  busy: {
    status: 429,
    title: 'Too many tries',
    body: html`<p>Try again later. The operator sets this in floods.failures.</p>`,
  },
  failed: {
    status: 502,
    title: 'It did not work',
    body: html`<p>You are not signed in. The log of this Sallyport says why. ${again}</p>`,
  },
} as const satisfies Record<string, Page>;

export function createConnectPages(options: ConnectOptions): ConnectPages {
  const states = createBrowserStates(options);
  const checkHost = createHostCheck(options.config);

  /** Null where the request was answered: it is not to one of our addresses, or a form is not from one. */
  function visitOf(request: FastifyRequest, reply: FastifyReply): Visit | null {
    const { host = '', origin, cookie } = request.headers;
    const base = publicBase(options.config.public_url) ?? `http://${host}`;
    const isForeign = request.method === 'POST' && origin !== new URL(base).origin;
    if (isForeign || checkHost(host, undefined) !== null) {
      sendPage(reply, failures.host);
      return null;
    }
    const isSecure = base.startsWith('https:');
    return { options, states, request, reply, base, isSecure, state: states.read(cookie, isSecure) };
  }

  const visited =
    <Request extends FastifyRequest>(visit: (visit: Visit, request: Request) => Promise<FastifyReply>) =>
    async (request: Request, reply: FastifyReply): Promise<FastifyReply> => {
      const begun = visitOf(request, reply);
      if (begun === null) return reply;
      try {
        return await visit(begun, request);
      } catch (error) {
        options.failed(thrownText(error));
        return sendPage(reply.header('set-cookie', states.over(begun.isSecure)), failures.failed);
      }
    };

  return {
    show: visited((visit, { params, query }: ConnectRequest) => show(visit, params.upstream, textOf(query[WHOM]))),
    take: visited((visit, { params }: ConnectRequest) => take(visit, params.upstream)),
    signedIn: visited((visit) => signedIn(visit)),
    metadata: visited(async (visit) => tellDocument(visit)),
    consented: visited((visit, { params }: ConnectRequest) => consented(visit, params.upstream)),
  };
}

async function show(visit: Visit, upstream: string, whom: string): Promise<FastifyReply> {
  const { options, state, reply } = visit;
  if (options.signInOf(upstream) === null) return sendPage(reply, failures.none);
  if (state?.step === 'known' && state.upstream === upstream && (whom === '' || whom === state.whom))
    return showConsent(visit, state);
  return showWho(carrying(visit, { step: 'asked', upstream, whom, csrf: options.ids.random(16) }));
}

/** Whatever it is that a page has sent: only one that we gave this very browser counts. */
async function take(visit: Visit, upstream: string): Promise<FastifyReply> {
  const { state, reply, request } = visit;
  const form = formOf(request);
  if (state === null || !('csrf' in state) || state.upstream !== upstream || form['csrf'] !== state.csrf)
    return sendPage(reply, failures.lost);
  if (state.step === 'asked')
    return form['issuer'] === undefined
      ? takeToken(visit, state, form['token'] ?? '')
      : leaveToSignIn(visit, state, form['issuer']);
  return form['act'] === 'remove' ? remove(visit, state) : leaveToConsent(visit, state);
}

/** A development user, or the operator: tokens of issuers are for clients alone, and nobody is taught to type them in. */
async function takeToken(visit: Visit, state: At<'asked'>, token: string): Promise<FastifyReply> {
  const { options, reply, request } = visit;
  if (options.isOperatorToken(token)) return know(visit, state, operator);
  const found = options.hasDevelopmentUsers() ? await options.identity.authenticate(`Bearer ${token}`) : null;
  if (found !== null && !('error' in found) && found.subject.issuer === 'development') return know(visit, state, found);
  return sendPage(reply, options.failures(request.ip) > 0 ? failures.busy : failures.wrong);
}

const operator: Person = { tenant: '_system', subject: operatorSubject };

async function leaveToSignIn(visit: Visit, { upstream, whom }: At<'asked'>, issuer: string): Promise<FastifyReply> {
  const signIn = visit.options.issuers().get(issuer);
  if (signIn === undefined) return sendPage(visit.reply, failures.lost);
  const { url, pending } = await signIn.begin(signInCallback(visit));
  return leave(carrying(visit, { step: 'signing_in', upstream, whom, issuer, pending }), url);
}

async function signedIn(visit: Visit): Promise<FastifyReply> {
  const { options, state, reply, request } = visit;
  const signIn = state?.step === 'signing_in' ? options.issuers().get(state.issuer) : undefined;
  if (state?.step !== 'signing_in' || signIn === undefined) return sendPage(reply, failures.lost);
  const token = await signIn.finish(state.pending, new URL(request.url, visit.base));
  const found = await options.identity.authenticate(`Bearer ${token}`);
  if ('error' in found) throw new Error(`the token of ${state.issuer} is not accepted: ${found.description}`);
  if (found.subject.issuer !== state.issuer)
    throw new Error(`${state.issuer} gave a token of another issuer, ${found.subject.issuer}`);
  return know(visit, state, found);
}

/** Who it is, is settled. A link that was made for somebody else leads nowhere. */
function know(visit: Visit, { upstream, whom }: BrowserState, { tenant, subject }: Person | Principal): FastifyReply {
  const { options, reply } = visit;
  const person = { tenant, subject: { id: subject.id, issuer: subject.issuer } };
  if (whom !== '' && !isOperator(subject) && whom !== whomOf(options.keys, person))
    return sendPage(ending(visit).reply, {
      status: 403,
      title: 'This link is not for you',
      body: html`<p>
        It was made for somebody else than ${personText(person)}. Nothing was connected. Have your own agent call, and
        open the link that it gives you.
      </p>`,
    });
  carrying(visit, { step: 'known', upstream, whom, csrf: options.ids.random(16), person });
  return reply
    .code(303)
    .header('cache-control', 'no-store')
    .header('location', `${visit.base}/connect/${upstream}`)
    .send();
}

async function leaveToConsent(visit: Visit, { upstream, whom, person }: At<'known'>): Promise<FastifyReply> {
  const found = visit.options.signInOf(upstream);
  if (found === null) return sendPage(visit.reply, failures.none);
  const { url, pending } = await found.begin(callerOf(person), {
    redirectUri: consentCallback(visit, upstream),
    metadataUrl: documentUrl(visit.base),
  });
  return leave(carrying(visit, { step: 'connecting', upstream, whom, person, pending }), url);
}

async function consented(visit: Visit, upstream: string): Promise<FastifyReply> {
  const { options, state, reply, request } = visit;
  const found = options.signInOf(upstream);
  if (found === null || state?.step !== 'connecting' || state.upstream !== upstream)
    return sendPage(reply, failures.lost);
  ending(visit);
  await found.finish(callerOf(state.person), state.pending, new URL(request.url, visit.base));
  return sendPage(reply, {
    title: `${upstream} is connected`,
    body: html`<p>It is connected for ${personText(state.person)}. ${nextFor(state.person)}</p>`,
  });
}

function nextFor({ subject }: Person): string {
  return isOperator(subject)
    ? 'Close this page. Next its definitions wait for your approval; each user is asked to sign in when an agent first calls for them.'
    : 'Close this page and let your agent call again.';
}

function tellDocument(visit: Visit): FastifyReply {
  const callbacks = visit.options.connectable().map((upstream) => consentCallback(visit, upstream));
  const document = clientDocument(visit.base, callbacks);
  return document === null ? sendPage(visit.reply, failures.none) : visit.reply.send(document);
}

async function remove(visit: Visit, { upstream, person }: At<'known'>): Promise<FastifyReply> {
  const found = visit.options.signInOf(upstream);
  if (found === null) return sendPage(visit.reply, failures.none);
  const caller = callerOf(person);
  await found.disconnect(caller, caller);
  return sendPage(ending(visit).reply, {
    title: `${upstream} is not connected any more`,
    body: html`<p>What was kept for ${personText(person)} is gone.</p>`,
  });
}

function showWho({ options, reply, state }: Visit & { readonly state: At<'asked'> }): FastifyReply {
  const issuers = [...options.issuers().keys()];
  return sendPage(reply, whoPage(state, { issuers, hasDevelopmentUsers: options.hasDevelopmentUsers() }));
}

async function showConsent({ options, reply }: Visit, state: At<'known'>): Promise<FastifyReply> {
  const found = options.signInOf(state.upstream);
  if (found === null) return sendPage(reply, failures.none);
  const caller = callerOf(state.person);
  const isConnected = await found.isConnected(caller);
  return sendPage(reply, consentPage(state, { ...(await found.consent(caller)), isConnected }));
}

function leave({ reply }: Visit, url: URL): FastifyReply {
  return sendPage(reply, { title: 'One moment', body: html`<p>Continue at ${linkTo(url)}.</p>`, next: url });
}

function carrying<State extends BrowserState>(visit: Visit, state: State): Visit & { readonly state: State } {
  visit.reply.header('set-cookie', visit.states.cookie(state, visit.isSecure));
  return { ...visit, state };
}

function ending(visit: Visit): Visit {
  visit.reply.header('set-cookie', visit.states.over(visit.isSecure));
  return visit;
}

function signInCallback({ base }: Visit): string {
  return `${base}/sign-in/callback`;
}

function consentCallback({ base }: Visit, upstream: string): string {
  return `${base}/connect/${upstream}/callback`;
}

function callerOf({ tenant, subject }: Person) {
  return { tenant, issuer: subject.issuer, subject: subject.id };
}

function textOf(value: string | string[] | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** Of a body that was read as text. */
function formOf({ body }: FastifyRequest): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(new URLSearchParams(typeof body === 'string' ? body : ''));
}
