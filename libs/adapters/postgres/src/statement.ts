import { hash } from 'node:crypto';
import { sequenceText } from '@sallyport/journal';
import type { Placed, Plan } from './plan.ts';

const PARAMETERS = Array.from({ length: 29 }, (_, at) => `$${at + 1}`).join(', ');
const LEAF_BYTES = 32;
const SEQUENCE_BYTES = 18;

/** A whole plan as one statement: all events in one stretch of bytes, and lists that say where each lies. */
export function appendStatement({ commits, probes }: Plan, sizes: ReadonlyMap<string, number>) {
  const tenants = [...new Set(commits.map(({ request }) => request.tenant))].sort();
  const logOf = new Map(tenants.map((tenant, at) => [tenant, at + 1])); // arrays there begin with 1
  const added = new Map<string, number>();
  for (const { request } of commits) added.set(request.tenant, (added.get(request.tenant) ?? 0) + request.count);
  const old = tenants.map((tenant) => sizes.get(tenant) ?? 0);
  const placed = commits.flatMap(({ events }) => events);
  const { bytes, leaves, starts, lengths } = layOut(placed);
  const sealed = commits.flatMap(({ request }) => request.sealed.map((value) => ({ tenant: request.tenant, value })));
  const erased = commits.flatMap(({ request: { tenant, erases } }) => erases.map((subject) => ({ tenant, subject })));
  const log = (tenant: string) => logOf.get(tenant) ?? 0;
  const values = [
    texts(tenants),
    numbers(old),
    numbers(tenants.map((tenant, at) => (old[at] ?? 0) + (added.get(tenant) ?? 0))),
    numbers(commits.map(({ request }) => log(request.tenant))),
    texts(commits.map(({ request }) => request.commandId)),
    numbers(commits.map(({ first }) => first)),
    numbers(commits.map(({ request }) => request.count)),
    numbers(commits.flatMap(({ request, events }) => events.map(() => log(request.tenant)))),
    numbers(placed.map(({ sequence }) => sequence)),
    texts(placed.map(({ stream }) => stream)),
    numbers(placed.map(({ version }) => version)),
    texts(placed.map(({ id }) => id)),
    texts(placed.map(({ type }) => type)),
    numbers(starts),
    numbers(lengths),
    bytes,
    leaves,
    texts(probes.map(({ tenant }) => tenant)),
    texts(probes.map(({ stream }) => stream)),
    numbers(probes.map(({ version }) => version)),
    numbers(sealed.map(({ tenant }) => log(tenant))),
    texts(sealed.map(({ value }) => value.event)),
    texts(sealed.map(({ value }) => value.field)),
    texts(sealed.map(({ value }) => value.salt)),
    texts(sealed.map(({ value }) => value.value)),
    texts(sealed.map(({ value }) => value.subject)),
    texts(sealed.map(({ value }) => value.key ?? null)),
    numbers(erased.map(({ tenant }) => log(tenant))),
    texts(erased.map(({ subject }) => subject)),
  ];
  return { name: 'append', text: `SELECT sallyport.append(${PARAMETERS})`, values };
}

/**
 * Prints all events one after another, each after a zero byte: the leaf hash (RFC 6962) is over the two, what is stored
 * begins after it.
 */
function layOut(placed: readonly Placed[]) {
  const room = placed.reduce((sum, { size }) => sum + size + SEQUENCE_BYTES + 1, 0);
  const bytes = Buffer.allocUnsafe(room);
  const leaves = Buffer.allocUnsafe(placed.length * LEAF_BYTES);
  const starts: number[] = [];
  const lengths: number[] = [];
  let end = 0;
  for (const [at, { head, tail, sequence }] of placed.entries()) {
    const zero = end;
    bytes[end++] = 0;
    end += bytes.write(head, end);
    end += bytes.write(sequenceText(sequence), end, 'latin1');
    end += bytes.write(tail, end);
    leaves.set(hash('sha256', bytes.subarray(zero, end), 'buffer'), at * LEAF_BYTES);
    starts.push(zero + 2); // positions there begin with 1, and the zero byte is left out
    lengths.push(end - zero - 1);
  }
  return { bytes: bytes.subarray(0, end), leaves, starts, lengths };
}

function numbers(values: readonly number[]): string {
  return `{${values.join(',')}}`;
}

/** A PostgreSQL array literal: in quotes only what would mean something else without. */
export function texts(values: readonly (string | null)[]): string {
  return `{${values.map((value) => (value === null ? 'NULL' : PLAIN.test(value) ? value : quoted(value))).join(',')}}`;
}

const PLAIN = /^(?!null$)[a-z0-9./_:-]+$/i;

function quoted(value: string): string {
  return `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
}
