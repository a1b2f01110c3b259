import type { ConnectionBook, KeptTokens } from '@sallyport/adapter-mcp';
import { BoundedMap, isObject, sha256 } from '@sallyport/base';
import {
  type Caller,
  type ConnectionStore,
  type EventData,
  type Journal,
  type JsonObject,
  personName,
} from '@sallyport/contracts';
import { recordFact } from '@sallyport/journal';
import type { RecordParts } from '@sallyport/pipeline';
import type { ConnectionSeal, Place } from './connection-seal.ts';
import { createRegistrations, proofIn, sealable } from './registrations.ts';

export interface ConnectionBookParts extends Pick<RecordParts, 'clock' | 'ids' | 'directory'> {
  readonly connections: ConnectionStore;
  readonly journal: Pick<Journal, 'commit'>;
  readonly seal: ConnectionSeal;
}

type Subject = EventData['connection.made']['subject'];

/** Sign-ins that were used are remembered under names that no upstream has. */
const USED = '_used';
/** What an authorization server says of scopes may be long. */
const MOST_SCOPES = 64;
/** Milliseconds between looks for used ones that count no more: each reads all that a tenant has. */
const FORGET_MS = 60_000;
const MOST_TENANTS = 1_000;

/** The sign-ins of users at one upstream: sealed, under their pseudonyms, and on record without tokens. */
export function createConnectionBook(parts: ConnectionBookParts, upstream: string): ConnectionBook {
  const { connections, seal, clock } = parts;
  /** When each tenant's were last looked through: monotonic, milliseconds. */
  const looked = new BoundedMap<string, number>(MOST_TENANTS);

  async function subjectOf(caller: Caller, tenant = caller.tenant): Promise<Subject> {
    const name = personName({ issuer: caller.issuer, id: caller.subject });
    return { ref: await parts.directory.refOf(tenant, 'sub', name), issuer: caller.issuer };
  }

  async function placeOf(caller: Caller): Promise<Place> {
    return { tenant: caller.tenant, name: `${upstream}/${(await subjectOf(caller)).ref}` };
  }

  async function aboutOf(caller: Caller, issuer: string) {
    const { tenant } = caller;
    return { tenant, upstream, subject: await subjectOf(caller), authorization_server: issuer };
  }

  const record: RecordConnection = (type, data) => recordFact(parts, { type, source: '/connect', data });

  return {
    async find(caller) {
      const place = await placeOf(caller);
      const sealed = await connections.find(place.tenant, place.name);
      const content = sealed === null ? null : seal.open(place, sealed);
      // What no key opens is of no use to anybody, and is replaced where the user signs in again.
      return sealed === null ? null : { version: sealed, tokens: content === null ? unreadable : tokensIn(content) };
    },
    async replace(caller, before, tokens) {
      const place = await placeOf(caller);
      const sealed = seal.seal(place, contentOf(tokens));
      const isReplaced = await connections.replace(place.tenant, place.name, before?.version ?? null, sealed);
      return isReplaced ? { tokens, version: sealed } : null;
    },
    async remove(caller, before) {
      const { tenant, name } = await placeOf(caller);
      return connections.replace(tenant, name, before.version, null);
    },
    ...createRegistrations(parts, upstream),
    async spend({ tenant }, once, untilMs) {
      const now = clock.monotonic();
      if (now - (looked.get(tenant) ?? -Infinity) >= FORGET_MS) {
        looked.set(tenant, now);
        await forgetUsed(parts, tenant, clock.now());
      }
      return connections.replace(tenant, `${USED}/${sha256(once)}`, null, `${untilMs} ${parts.ids.random(9)}`);
    },
    async made(caller, { issuer, scopes }) {
      await record('connection.made', { ...(await aboutOf(caller, issuer)), scopes: scopes.slice(0, MOST_SCOPES) });
    },
    async removed(caller, by, issuer) {
      const actor = await subjectOf(by, caller.tenant);
      await record('connection.removed', { ...(await aboutOf(caller, issuer)), actor });
    },
    async lost(caller, issuer, reason) {
      await record('connection.lost', { ...(await aboutOf(caller, issuer)), reason });
    },
  };
}

type RecordConnection = <Type extends 'connection.made' | 'connection.removed' | 'connection.lost'>(
  type: Type,
  data: EventData[Type],
) => Promise<void>;

async function forgetUsed({ connections }: ConnectionBookParts, tenant: string, now: number): Promise<void> {
  for (const [name, until] of await connections.list(tenant))
    if (name.startsWith(`${USED}/`) && Number(until.split(' ')[0]) < now)
      await connections.replace(tenant, name, until, null);
}

/** Of nobody's configuration. */
const unreadable: KeptTokens = {
  url: '',
  resource: '',
  issuer: '',
  clientId: '',
  registered: null,
  accessToken: '',
  refreshToken: null,
  scopes: [],
  asked: [],
  wanted: [],
  dpopKey: null,
  since: null,
  until: 0,
  freshUntil: 0,
  busyUntil: 0,
};

function contentOf({ registered, dpopKey, scopes, asked, wanted, ...tokens }: KeptTokens): JsonObject {
  const proof = registered === null ? null : sealable(registered);
  const lists = { scopes: [...scopes], asked: [...asked], wanted: [...wanted] };
  return { ...tokens, ...lists, registered: proof, dpopKey: dpopKey === null ? null : { ...dpopKey } };
}

/** It was sealed, and is what `replace` made. */
export function tokensIn(content: JsonObject): KeptTokens {
  const text = (name: string): string => String(content[name] ?? '');
  const time = (name: string): number | null => (typeof content[name] === 'number' ? content[name] : null);
  const texts = (name: string): string[] => (Array.isArray(content[name]) ? content[name].map(String) : []);
  const { refreshToken, registered, dpopKey } = content;
  return {
    url: text('url'),
    resource: text('resource'),
    issuer: text('issuer'),
    clientId: text('clientId'),
    registered: isObject(registered) ? proofIn(registered) : null,
    accessToken: text('accessToken'),
    refreshToken: typeof refreshToken === 'string' ? refreshToken : null,
    scopes: texts('scopes'),
    asked: texts('asked'),
    wanted: texts('wanted'),
    dpopKey: isObject(dpopKey)
      ? Object.fromEntries(Object.entries(dpopKey).map(([name, part]) => [name, String(part)]))
      : null,
    since: time('since'),
    until: time('until'),
    freshUntil: time('freshUntil'),
    busyUntil: time('busyUntil') ?? 0,
  };
}
