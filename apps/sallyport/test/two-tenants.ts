import type { Principal } from '@sallyport/contracts';
import { serve, type Served } from '@sallyport/wiring';
import {
  admin,
  callTool,
  type Issuer,
  json,
  makeScratch,
  OPEN,
  recorded,
  type Scratch,
  type ScriptedUpstream,
  send,
  startIssuer,
  startScriptedUpstream,
  trusted,
  type User,
} from '@sallyport/testing/harness';

const AUDIENCE = 'http://127.0.0.1:8787/mcp';
const POLICY = `${OPEN}@id("ask") @confirm("1 of finance") @ask("Send {note}?") forbid (principal, action, resource) when { context.arguments has note };
@id("sure") @confirm("self") @ask("Sure of {sure}?") forbid (principal, action, resource) when { context.arguments has sure };\n`;

const inputSchema = { type: 'object', properties: { note: { type: 'string' }, sure: { type: 'string' } } };

const user = (name: string, tenant: string, ...roles: string[]): User => ({
  name,
  tenant,
  roles,
  token: `dev-${name}-token`,
});

/** What the other tenant has, and what must stay its own. */
export interface Victim {
  readonly tenant: 'acme';
  readonly staff: User;
  readonly boss: User;
  readonly finance: User;
  readonly call: string;
  readonly approval: string;
  /** `requestState` of a held call with the arguments `{sure: 'acmesecret'}`. */
  readonly state: string;
  readonly session: string;
  readonly streams: readonly string[];
  readonly events: readonly string[];
  /** Pseudonyms in its log. */
  readonly refs: readonly string[];
  /** Issuer of its own. */
  readonly issuer: Issuer;
}

/** An instance in this process with two tenants. The people of one attack the other. */
export interface TwoTenants {
  readonly served: Served;
  readonly port: number;
  readonly scratch: Scratch;
  readonly upstream: ScriptedUpstream;
  readonly victim: Victim;
  /** People of `brix`: by turns admins, of finance, of the staff. */
  readonly attackers: readonly User[];
  /** An issuer of `brix`, and one that takes the tenant from a claim. */
  readonly issuers: readonly [Issuer, Issuer];
  principalOf(user: User): Principal;
  close(): Promise<void>;
}

/** Puts both tenants up. */
export async function twoTenants(): Promise<TwoTenants> {
  const upstream = await startScriptedUpstream([{ name: 'run', inputSchema }]);
  const [own, brix, shared] = await Promise.all([startIssuer(AUDIENCE), startIssuer(AUDIENCE), startIssuer(AUDIENCE)]);
  const people = [
    user('adaqueen', 'acme', 'staff'),
    user('axelboss', 'acme', 'admin'),
    user('finnqueen', 'acme', 'finance'),
  ];
  const roles = ['admin', 'finance', 'staff'] as const;
  const attackers = Array.from({ length: 240 }, (_, at) => user(`mallory${at}`, 'brix', roles[at % 3] ?? 'staff'));
  const scratch = makeScratch({
    users: [...people, ...attackers],
    policies: { 'all.cedar': POLICY },
    config: {
      ...trusted(upstream.url),
      tenants: { private_issuers: [own.url, brix.url] },
      identity: {
        development: { users: './users.yaml' },
        issuers: [{ issuer: shared.url, audience: AUDIENCE, tenant: { claim: 'org' } }],
      },
    },
  });
  const logger = { level: 'silent', debug: silent, info: silent, warn: silent, error: silent } as const;
  const served = await serve({ config: scratch.config, logger, signals: false });
  const port = Number(new URL(served.url).port);
  for (const [id, issuer] of [
    ['acme', own],
    ['brix', brix],
  ] as const) {
    const body = { id, issuers: [{ issuer: issuer.url, audience: AUDIENCE }] };
    await admin({ port }, served.operatorToken, ['POST', '/tenants'], body);
  }
  const victim = await settle({ port, data: scratch.data }, people as [User, User, User], own);
  return {
    served,
    port,
    scratch,
    upstream,
    victim,
    attackers,
    issuers: [brix, shared],
    principalOf: ({ name, tenant, roles }) => ({
      tenant,
      subject: { id: name, issuer: 'development', roles },
      client: null,
      expiresAt: null,
    }),
    async close() {
      await served.stop();
      await Promise.all([upstream.close(), own.close(), brix.close(), shared.close()]);
      scratch.remove();
    },
  };
}

/** The victim's people make a call, ask for one, leave one half asked, and open a session. */
async function settle(
  { port, data }: { readonly port: number; readonly data: string },
  [staff, boss, finance]: readonly [User, User, User],
  issuer: Issuer,
): Promise<Victim> {
  const call = await callTool({ port }, staff.token, ['up__run', {}]);
  const held = await callTool({ port }, staff.token, ['up__run', { note: 'acmesecret' }]);
  const options = { capabilities: { elicitation: {} } };
  const asked = await callTool({ port }, staff.token, ['up__run', { sure: 'acmesecret' }], options);
  const events = recorded(data).filter(({ tenant }) => tenant === 'acme');
  const texts = events.map(({ bytes }) => bytes.toString('utf8'));
  return {
    tenant: 'acme',
    staff,
    boss,
    finance,
    call: call.meta?.id ?? '',
    approval: held.meta?.approval ?? '',
    state: String(asked.result?.['requestState']),
    session: await sessionOf(port, staff),
    streams: [...new Set(events.map(({ stream }) => stream))],
    events: texts.map((text) => (JSON.parse(text) as { id: string }).id),
    refs: [...new Set(texts.flatMap((text) => text.match(/"(sub|cli|ses|res|flw)_[A-Za-z0-9_-]+"/g) ?? []))].map(
      (ref) => ref.slice(1, -1),
    ),
    issuer,
  };
}

async function sessionOf(port: number, { token }: User): Promise<string> {
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params });
  const { headers } = await send({ port }, { headers: { ...json, authorization: `Bearer ${token}` }, body });
  return String(headers['mcp-session-id']);
}

function silent(): void {
  // A test tells by its result, not by a log.
}
