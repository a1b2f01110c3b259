import type { EventData } from '@sallyport/contracts';

type Decided = EventData['call.decided'];

/** With what stands around the data, an event stays below 60 KiB. */
const MOST_BYTES = 57_344;
/** So many names, rules and objects fit, however long they may be. */
const FEW = 32;
/** More than a count in `left_out` takes. */
const LEFT_OUT_BYTES = 64;

/** A list of an event that may be cut, by the name under which it is counted. */
interface Cuttable {
  readonly name: string;
  readonly list: unknown[];
  bytes: number;
}

/**
 * Cuts the longest lists of a decision until its event fits, and counts in `left_out` what is missing. What others add up or stand
 * on is never cut: the verdicts, what was spent, approvals.
 *
 * @param data is changed
 */
export function fitDecision(data: Decided): Decided {
  if (entriesOf(data) <= FEW) return data;
  const lists: Cuttable[] = [];
  eachList(data, (of, name, list) =>
    lists.push({ name: of === null ? name : `${of}.${name}`, list, bytes: bytesOf(list) }),
  );
  let over = bytesOf(data) - MOST_BYTES;
  while (over > 0) {
    const longest = lists.reduce((most, one) => (one.bytes > most.bytes ? one : most));
    if (longest.list.length === 0) return withoutDetails(data);
    over -= cut(data, longest, over);
  }
  return data;
}

/** Cuts about as much as there is too much; returns how many bytes that was. */
function cut(data: Decided, longest: Cuttable, over: number): number {
  const { name, list, bytes } = longest;
  const kept = Math.floor(list.length * (1 - (over + LEFT_OUT_BYTES) / bytes));
  leaveOut(data, name, list.splice(Math.min(Math.max(kept, 0), list.length - 1)).length);
  longest.bytes = bytesOf(list);
  return bytes - longest.bytes - LEFT_OUT_BYTES;
}

/** Counts what is missing of a list; nothing where all is there. */
export function leaveOut(data: Decided, name: string, missing: number): void {
  if (missing > 0) data.left_out = { ...data.left_out, [name]: (data.left_out?.[name] ?? 0) + missing };
}

function withoutDetails(data: Decided): Decided {
  for (const verdict of data.verdicts) {
    leaveOut(data, `${verdict.guard}.detail`, verdict.detail === undefined ? 0 : 1);
    delete verdict.detail;
  }
  return data;
}

/** Nearly all decisions have few entries, so that these are counted before anything is named or measured. */
function entriesOf(data: Decided): number {
  let entries = 0;
  eachList(data, (_of, _name, list) => (entries += list.length));
  return entries;
}

function eachList(
  { subject, resources, facts, verdicts }: Decided,
  take: (of: string | null, name: string, list: unknown[]) => void,
): void {
  take(null, 'resources', resources);
  if (subject.roles) take('subject', 'roles', subject.roles);
  if (subject.scopes) take('subject', 'scopes', subject.scopes);
  take('facts', 'wildcards', facts.wildcards);
  take('facts', 'unbounded', facts.unbounded);
  for (const { guard, rules, limits, requirements } of verdicts) {
    if (rules) take(guard, 'rules', rules);
    if (limits) take(guard, 'limits', limits);
    if (requirements) take(guard, 'requirements', requirements);
  }
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
