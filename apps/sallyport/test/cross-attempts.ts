import { SignJWT } from 'jose';
import fc, { type Arbitrary } from 'fast-check';
import { admin, callTool, json, send, type User } from '@sallyport/testing/harness';
import type { TwoTenants } from './two-tenants.ts';

/** One way of reaching for what another tenant has. */
export interface Way {
  readonly name: string;
  /** How many attempts of ten thousand. */
  readonly share: number;
  /** Makes an attempt; resolves with what it got, null where it got nothing. */
  attempts(setup: TwoTenants): Arbitrary<() => Promise<string | null>>;
}

/** Names that are not the victim's, and some that a careless comparison would take for it. */
const otherTenant = fc.oneof(
  fc.constantFrom(
    'brix',
    '_system',
    'ACME',
    'acme ',
    ' acme',
    'acme\u0000',
    'аcme',
    'acme/',
    '../acme',
    "acme'--",
    'acme\n',
  ),
  fc.constantFrom("' OR '1'='1", '%', '*', 'acm_', 'acme"', 'acme|', 'brix/../acme', 'constructor', '__proto__', ''),
  fc.string({ maxLength: 12 }).filter((name) => name !== 'acme'),
);
const tenantQuery = fc.constantFrom(
  ...['', 'tenant=acme', 'tenant=ACME', 'tenant=acme%00', 'tenant=%61cme', 'tenant=brix&tenant=acme', 'tenant[]=acme'],
  ...[
    'tenant=_system',
    'Tenant=acme',
    'tenant%5B0%5D=acme',
    'tenant=acme&tenant=brix',
    'tenant=',
    'tenant=brix%0Aacme',
  ],
);
const headers = fc.constantFrom<Record<string, string>>(
  {},
  { 'x-tenant': 'acme' },
  { 'x-forwarded-user': 'adaqueen', 'x-tenant-id': 'acme' },
  { cookie: 'tenant=acme' },
  { 'sallyport-tenant': 'acme' },
);
const page = fc.record({ after: fc.nat(40), limit: fc.integer({ min: 1, max: 1000 }) });

/** Anything in an answer that only the victim's record holds. */
function leakIn({ victim }: TwoTenants, status: number, text: string): string | null {
  const secrets = ['acmesecret', 'adaqueen', 'axelboss', 'finnqueen', ...victim.events, ...victim.refs];
  const ids = status < 300 ? [victim.call, victim.approval, '"tenant":"acme"', '"id":"acme"'] : [];
  // What the attackers themselves asked for stands as the target of their refused acts in their own log.
  const told = text.replaceAll(/"target":"[^"]*"/g, '');
  const found = [...secrets, ...ids].find((secret) => told.includes(secret));
  if (status >= 500 || status === 429) return `no real answer: ${status}`;
  return found === undefined ? null : `${status} with ${found}`;
}

const reads: Way = {
  name: 'reading by the admin API',
  share: 1_300,
  attempts: (setup) => {
    const { call, approval } = setup.victim;
    const paths = ['/status', '/events', '/approvals', '/tenants', '/tenants/acme', '/switches', '/definitions'];
    const path = fc.oneof(
      fc.constantFrom(
        ...paths,
        '/connections',
        `/calls/${call}`,
        `/approvals/${approval}`,
        `/approvals/${approval}%00`,
      ),
      fc.constantFrom(
        `/calls/${call.toLowerCase()}`,
        `/calls/..%2Fcalls%2F${call}`,
        '/tenants/%61cme',
        '/tenants/acme%20',
      ),
      page.map(({ after, limit }) => `/events?after=${after}&limit=${limit}`),
    );
    return fc
      .tuple(fc.constantFrom(...setup.attackers), path, tenantQuery, headers)
      .map(([who, at, query, more]) => async () => {
        const url = `/admin/v1${at}${query === '' ? '' : `${at.includes('?') ? '&' : '?'}${query}`}`;
        const answer = await send(setup, {
          method: 'GET',
          path: url,
          headers: { authorization: `Bearer ${who.token}`, ...more },
        });
        return leakIn(setup, answer.status, answer.text);
      });
  },
};

const acts: Way = {
  name: 'acting by the admin API',
  share: 1_200,
  attempts: (setup) => {
    const { approval } = setup.victim;
    const answer = fc.constantFrom('approve', 'reject');
    const quotas = fc.nat(1_000_000).map((concurrent) => ({ quotas: { concurrent: concurrent + 1 } }));
    const request = fc.oneof(
      fc.tuple(
        fc.constant('POST'),
        fc.constant(`/approvals/${approval}/votes`),
        answer.map((said) => ({ answer: said })),
      ),
      fc.tuple(fc.constant('PATCH'), fc.constantFrom('/tenants/acme', '/tenants/brix'), quotas),
      fc.tuple(
        fc.constant('POST'),
        fc.constant('/tenants'),
        otherTenant.map((id) => ({ id })),
      ),
      fc.tuple(
        fc.constantFrom('PUT', 'DELETE'),
        fc.constantFrom('/switches/tenant/acme', '/switches/agent/raw?of=acme'),
        fc.constant(undefined),
      ),
      fc.tuple(
        fc.constantFrom('PUT', 'DELETE'),
        fc.constantFrom('/switches/tool/up%2Frun', '/switches/tool/up%2F*?of=acme'),
        fc.constant(undefined),
      ),
      fc.tuple(fc.constant('POST'), fc.constantFrom('/reload', '/check'), fc.constant(undefined)),
    );
    return fc
      .tuple(fc.constantFrom(...setup.attackers), request, tenantQuery)
      .map(([who, [method, at, body], query]) => async () => {
        const path = `${at}${query === '' ? '' : `${at.includes('?') ? '&' : '?'}${query}`}`;
        const said = await admin(setup, who.token, [method, path], body);
        return said.status < 300 ? `${method} ${path} answered ${said.status}` : leakIn(setup, said.status, said.text);
      });
  },
};

const states: Way = {
  name: 'using a request state',
  share: 500,
  attempts: (setup) => {
    const { state } = setup.victim;
    const cut = fc
      .tuple(fc.nat(state.length - 1), fc.constantFrom('A', 'b', '9', '-', ''))
      .map(([at, letter]) => `${state.slice(0, at)}${letter}${state.slice(at + 1)}`);
    const sure = fc.constantFrom('acmesecret', 'acmesecret ', 'other');
    return fc
      .tuple(fc.constantFrom(...setup.attackers), fc.oneof(fc.constant(state), cut), sure, headers)
      .map(([who, requestState, value, more]) => async () => {
        const inputResponses = { 'sallyport-confirm': { action: 'accept', content: { confirm: true } } };
        const options = { capabilities: { elicitation: {} }, params: { requestState, inputResponses }, headers: more };
        const { meta, status, text } = await callTool(setup, who.token, ['up__run', { sure: value }], options);
        return meta?.decision === 'allow' ? 'the call ran' : leakIn(setup, status, text.replaceAll('acmesecret', ''));
      });
  },
};

const sessions: Way = {
  name: 'entering a session',
  share: 500,
  attempts: (setup) => {
    const method = fc.constantFrom('POST', 'DELETE');
    const asked = fc.constantFrom('tools/list', 'ping', 'tools/call', 'notifications/cancelled');
    return fc
      .tuple(fc.constantFrom(...setup.attackers), method, asked, headers)
      .map(([who, verb, what, more]) => async () => {
        const all = { ...json, authorization: `Bearer ${who.token}`, 'mcp-session-id': setup.victim.session, ...more };
        const params = { name: 'up__run', arguments: {} };
        const body = JSON.stringify({ jsonrpc: '2.0', id: 7, method: what, params });
        const { status, text } = await send(setup, { method: verb, headers: all, body: verb === 'DELETE' ? '' : body });
        return status < 300 ? `${verb} ${what} answered ${status}` : leakIn(setup, status, text);
      });
  },
};

const tokens: Way = {
  name: 'presenting a token',
  share: 1_500,
  attempts: (setup) => {
    const { issuer } = setup.victim;
    const claims = fc.record({
      org: fc.oneof(fc.constantFrom<unknown>('acme', ['acme'], { id: 'acme' }, 'acme\u0000', 'acme '), otherTenant),
      iss: fc.constantFrom(undefined, issuer.url, `${issuer.url}/`, issuer.url.toUpperCase()),
      sub: fc.constantFrom('carla', 'adaqueen', 'development|adaqueen'),
      tenant: fc.constantFrom(undefined, 'acme'),
      roles: fc.constantFrom(['admin'], ['staff']),
    });
    const by = fc.constantFrom(...setup.issuers, null);
    return fc.tuple(by, claims).map(([signer, said]) => async () => {
      const given = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
      const token = signer === null ? await ownHand({ iss: issuer.url, ...given }) : await signer.token(given);
      const answer = await setup.served.runtime.identity.authenticate(`Bearer ${token}`);
      return 'tenant' in answer && answer.tenant === 'acme' ? `it counted as acme: ${JSON.stringify(said)}` : null;
    });
  },
};

/** A token that is signed with a secret of one's own. */
function ownHand(claims: Record<string, unknown>): Promise<string> {
  const all = { aud: 'http://127.0.0.1:8787/mcp', exp: 9_999_999_999, ...claims };
  return new SignJWT(all)
    .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
    .sign(new TextEncoder().encode('x'.repeat(64)));
}

const counters: Way = {
  name: 'touching counters',
  share: 1_500,
  attempts: (setup) => {
    const { counters: store } = setup.served.stores;
    const flight = {
      id: 'flight',
      key: 'flight',
      kind: 'concurrent',
      settle: 'use',
      max: 1,
      periodMs: 600_000,
      burst: 0,
      cost: 1,
    } as const;
    let fresh = 0;
    const act = fc.constantFrom('reserve', 'allowed', 'refused', 'finished');
    const id = fc.constantFrom('held/limits', 'acme/held/limits', 'held/limits\u0000');
    return fc.tuple(otherTenant, act, id).map(([tenant, what, name]) => async () => {
      await store.reserve({ tenant: 'acme', id: 'held/limits', limits: [flight] });
      if (what === 'reserve') await store.reserve({ tenant, id: name, limits: [flight] });
      else await store.settle(tenant, name, what);
      const { ok } = await store.reserve({ tenant: 'acme', id: `probe/${(fresh += 1)}`, limits: [flight] });
      return ok ? `${what} as ${JSON.stringify(tenant)} gave acme's place back` : null;
    });
  },
};

const stores: Way = {
  name: 'reading journal, vault, directory and keys',
  share: 2_100,
  attempts: (setup) => {
    const { journal, vault, directory, keys } = setup.served.stores;
    const { streams, events, refs } = setup.victim;
    const pick = fc.record({
      stream: fc.constantFrom(...streams),
      event: fc.constantFrom(...events),
      ref: fc.constantFrom(...refs),
      page,
    });
    return fc.tuple(otherTenant, pick).map(([tenant, { stream, event, ref, page: where }]) => async () => {
      const own = await journal.readStream(tenant, stream);
      if (own.some((stored) => events.includes(stored.id))) return `stream ${stream} as ${tenant}`;
      const all = await journal.readAll(tenant, where);
      if (all.some((stored) => stored.tenant !== tenant || events.includes(stored.id))) return `log as ${tenant}`;
      if ((await vault.open(tenant, event)).length > 0) return `vault ${event} as ${tenant}`;
      if ((await directory.nameOf(tenant, ref)) !== null) return `name of ${ref} as ${tenant}`;
      return keys.sealKey(tenant).equals(keys.sealKey('acme')) ? `key as ${tenant}` : null;
    });
  },
};

const approvals: Way = {
  name: 'answering questions',
  share: 1_000,
  attempts: (setup) => {
    const { approvals: approvals } = setup.served.runtime;
    const { approval } = setup.victim;
    const answer = fc.constantFrom('approve', 'reject');
    const as = (who: User, tenant: string) => ({ ...setup.principalOf(who), tenant });
    return fc.tuple(fc.constantFrom(...setup.attackers), otherTenant, answer).map(([who, tenant, said]) => async () => {
      const principal = as(who, tenant);
      const vote = await approvals.vote({ principal, approval, answer: said, channel: 'api' } as never);
      if (vote.accepted) return `a vote as ${tenant}`;
      if ((await approvals.cancel({ principal, approval })).accepted) return `taken back as ${tenant}`;
      return (await approvals.question(tenant, approval)) === null ? null : `the question as ${tenant}`;
    });
  },
};

const calls: Way = {
  name: 'calling in another tenant’s name',
  share: 400,
  attempts: (setup) => {
    const meta = fc.constantFrom(
      {},
      { tenant: 'acme' },
      { 'dev.sallyport/tenant': 'acme' },
      { principal: { tenant: 'acme' } },
    );
    return fc.tuple(fc.constantFrom(...setup.attackers), meta, headers).map(([who, params, more]) => async () => {
      const { meta: said } = await callTool(setup, who.token, ['up__run', {}], { params, headers: more });
      const stored = await setup.served.stores.journal.readStream('acme', `call/${said?.id ?? ''}`);
      return stored.length > 0 ? `call ${said?.id ?? ''} stands in acme's log` : null;
    });
  },
};

/** Every way; their shares make ten thousand. */
export const ways: readonly Way[] = [reads, acts, states, sessions, tokens, counters, stores, approvals, calls];
