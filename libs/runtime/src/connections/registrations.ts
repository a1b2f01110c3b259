import type { ConnectionBook, Registration } from '@sallyport/adapter-mcp';
import { sha256 } from '@sallyport/base';
import type { ConnectionStore, JsonObject } from '@sallyport/contracts';
import type { ConnectionSeal, Place } from './connection-seal.ts';

/** What we are registered as stands beside users, under a name that none has. */
const CLIENT = '_client';

export interface RegistrationsParts {
  readonly connections: ConnectionStore;
  readonly seal: ConnectionSeal;
}

/** What we are at the authorization servers of one upstream that have registered us: one client each, sealed as tokens are. */
export function createRegistrations(
  { connections, seal }: RegistrationsParts,
  upstream: string,
): Pick<ConnectionBook, 'registration' | 'register'> {
  async function at(issuer: string) {
    const place: Place = { tenant: '_system', name: `${upstream}/${CLIENT}/${sha256(issuer)}` };
    const sealed = await connections.find(place.tenant, place.name);
    const content = sealed === null ? null : seal.open(place, sealed);
    return { place, sealed, registration: content === null ? null : registrationIn(content) };
  }

  return {
    registration: async (issuer) => (await at(issuer)).registration,
    async register(issuer, registration, before) {
      const { place, sealed, registration: there } = await at(issuer);
      if (there?.client_id !== before?.client_id) return false;
      const next = registration === null ? null : seal.seal(place, { ...registration, ...sealable(registration) });
      return connections.replace(place.tenant, place.name, sealed, next);
    },
  };
}

type Proof = Pick<Registration, 'credential' | 'method'>;

export function sealable({ credential, method }: Proof) {
  return { credential, method: method ?? null };
}

/** It was sealed, and is what `sealable` made. */
export function proofIn({ credential, method }: JsonObject): Proof {
  const shown = method === 'client_secret_basic' || method === 'client_secret_post' ? method : undefined;
  return { credential: typeof credential === 'string' ? credential : null, method: shown };
}

/** It was sealed, and is what `register` made. */
function registrationIn(content: JsonObject): Registration {
  const { client_id: id, issuer, redirectUri, until } = content;
  const whose = { client_id: String(id), issuer: String(issuer), redirectUri: String(redirectUri) };
  return { ...whose, ...proofIn(content), until: typeof until === 'number' ? until : null };
}
