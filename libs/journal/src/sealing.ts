import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { BoundedMap, decipher, encipher, thrownText } from '@sallyport/base';
import {
  type Journal,
  JournalUnavailable,
  KeyLost,
  type KeyWrap,
  type SealedRow,
  type SealedTable,
  type SealedValue,
  type Vault,
} from '@sallyport/contracts';
import { keyId } from './key-wrap.ts';

export interface SealingParts {
  /** Writes sealed values as it is given them. */
  readonly journal: Journal;
  readonly table: SealedTable;
  readonly wrap: KeyWrap;
}

const KEY_BYTES = 32;
/** Keys at hand; the oldest are unwrapped again. */
const MAX_CACHED = 4_096;
/** Stands in a row for the salt that is within its ciphertext. */
const ENCIPHERED = '';

interface SubjectKey {
  /** In each row that lies under it, since a subject who was erased may get another. */
  readonly id: string;
  readonly secret: KeyObject;
}

/**
 * A journal whose sealed values lie in their table under a key of their subject alone, and the vault that opens them.
 * What an earlier release wrote in the clear is read as it lies there.
 */
export function sealing({ journal, table, wrap }: SealingParts): { readonly journal: Journal; readonly vault: Vault } {
  const unwrapped = new BoundedMap<string, SubjectKey>(MAX_CACHED);

  async function open(tenant: string, subject: string, wrapped: string): Promise<SubjectKey> {
    const known = unwrapped.get(wrapped);
    if (known !== undefined) return known;
    const secret = await wrap.unwrap(tenant, subject, wrapped);
    const key = { id: keyId(secret), secret: createSecretKey(secret) };
    unwrapped.set(wrapped, key);
    return key;
  }

  async function enciphered(tenant: string, value: SealedValue): Promise<SealedValue> {
    const { subject } = value;
    const wrapped = await table.keyOf(tenant, subject, () => wrap.wrap(tenant, subject, randomBytes(KEY_BYTES)));
    const key = await open(tenant, subject, wrapped);
    const text = encipher(key.secret, `${value.salt}\n${value.value}`, placeOf(tenant, subject, value));
    return { ...value, salt: ENCIPHERED, value: text, key: key.id };
  }

  async function opened(tenant: string, row: SealedRow): Promise<readonly SealedValue[]> {
    const { event, field, subject, salt, value, key, wrapped } = row;
    if (salt !== ENCIPHERED) return [{ event, field, subject: subject ?? '', salt, value }];
    if (wrapped === null || subject === null) return []; // erased
    const now = await open(tenant, subject, wrapped);
    if (key !== null && key !== now.id) return []; // erased, and a call that was under way made another key
    const text = decipher(now.secret, value, placeOf(tenant, subject, row));
    if (text === null)
      throw new KeyLost(
        `The ${field} beside event ${event} are not what was sealed there: they were changed or moved.`,
      );
    const end = text.indexOf('\n');
    return [{ event, field, subject, salt: text.slice(0, end), value: text.slice(end + 1) }];
  }

  return {
    journal: {
      ...journal,
      async commit(commit) {
        const { tenant, sealed = [], erases = [] } = commit;
        if (erases.length > 0) unwrapped.clear();
        if (sealed.length === 0) return journal.commit(commit);
        const values = await Promise.all(sealed.map((value) => enciphered(tenant, value))).catch(unavailable);
        return journal.commit({ ...commit, sealed: values });
      },
    },
    vault: {
      async open(tenant, event) {
        const rows = await table.read(tenant, event);
        return (await Promise.all(rows.map((row) => opened(tenant, row)))).flat();
      },
    },
  };
}

/** A value opens beside its own event, in its own field, for its own subject and tenant. */
function placeOf(tenant: string, subject: string, { event, field }: Pick<SealedRow, 'event' | 'field'>) {
  return ['sallyport/sealed/v1', tenant, subject, event, field];
}

/** Without the key of its subject nothing can be recorded. */
function unavailable(cause: unknown): never {
  if (cause instanceof JournalUnavailable) throw cause;
  throw new JournalUnavailable(`What belongs to the event could not be sealed: ${thrownText(cause)}`, { cause });
}
