import type { Caller } from '@sallyport/contracts';
import type { ConnectionBook, KeptEntry } from '../src/auth/connection-book.ts';
import type { Registration } from '../src/auth/registration.ts';

/** A book of sign-ins that is kept nowhere. */
export function memoryBook(): ConnectionBook {
  const entries = new Map<string, KeptEntry>();
  const registrations = new Map<string, Registration | null>();
  const used = new Set<string>();
  const of = (caller: Caller): string => JSON.stringify(caller);
  let last = 0;
  return {
    find: async (caller) => entries.get(of(caller)) ?? null,
    async replace(caller, before, tokens) {
      if (entries.get(of(caller))?.version !== before?.version) return null;
      const entry = { tokens, version: `${(last += 1)}` };
      entries.set(of(caller), entry);
      return entry;
    },
    async remove(caller, before) {
      return entries.get(of(caller))?.version === before.version && entries.delete(of(caller));
    },
    registration: async (issuer) => registrations.get(issuer) ?? null,
    async register(issuer, registration, before) {
      if (registrations.get(issuer)?.client_id !== before?.client_id) return false;
      registrations.set(issuer, registration);
      return true;
    },
    spend: async (_, once) => !used.has(once) && used.add(once) !== undefined,
    made: async () => undefined,
    removed: async () => undefined,
    lost: async () => undefined,
  };
}
