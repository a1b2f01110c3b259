import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import { nearestName } from '@sallyport/base';

import { scopesIn } from './token-scopes.ts';

/** Who can lift a forbid: one line of `@confirm`. */
export interface Confirm {
  readonly who: 'self' | 'other' | 'group';
  readonly count: number;
  readonly group: string | null;
}

/** What the annotations of one policy say. */
export interface Annotations {
  readonly id: string;
  readonly confirm: Confirm | null;
  readonly ask: string | null;
  readonly advice: string | null;
  /** What a token needs for the permit to hold; empty where any does. */
  readonly scopes: readonly string[];
}

/** What is wrong with an annotation; `name` says which, so that the caller can point at it. */
export interface AnnotationFault {
  readonly name: string | null;
  readonly message: string;
  readonly hint: string | null;
}

const KNOWN = ['id', 'confirm', 'hard', 'ask', 'advice', 'scope'];
const GROUP = /^([1-9]\d?) of (\S.*)$/;

/** Reads the annotations of a policy; every fault is reported, not only the first. */
export function readAnnotations(policy: PolicyJson): { annotations: Annotations; faults: AnnotationFault[] } {
  const given = new Map<string, string | null>(Object.entries(policy.annotations ?? {}));
  const level = given.get('confirm');
  const annotations: Annotations = {
    id: given.get('id') ?? '',
    confirm: typeof level === 'string' ? confirmOf(level) : null,
    ask: given.get('ask') ?? null,
    advice: given.get('advice') ?? null,
    scopes: given.has('scope') ? (scopesIn(given.get('scope') ?? '') ?? []) : [],
  };
  const faults = [...unknownNames(given), ...idFaults(annotations.id), ...levelFaults(given, annotations.confirm)];
  return { annotations, faults: [...faults, ...placeFaults(policy, given), ...textFaults(given)] };
}

function confirmOf(level: string): Confirm | null {
  if (level === 'self' || level === 'other') return { who: level, count: 1, group: null };
  const [, count, group] = GROUP.exec(level) ?? [];
  return count !== undefined && group !== undefined ? { who: 'group', count: Number(count), group } : null;
}

function* unknownNames(given: ReadonlyMap<string, unknown>): Generator<AnnotationFault> {
  for (const name of given.keys()) {
    if (KNOWN.includes(name)) continue;
    const meant = nearestName(name, KNOWN);
    const hint = meant ? `did you mean @${meant}?` : `known annotations: ${KNOWN.map((each) => `@${each}`).join(', ')}`;
    yield { name, message: `unknown annotation @${name}`, hint };
  }
}

function idFaults(id: string): AnnotationFault[] {
  if (id !== '' && id.length <= 200) return [];
  return [{ name: null, message: 'a policy needs @id("…"), unique and at most 200 characters', hint: null }];
}

function levelFaults(given: ReadonlyMap<string, unknown>, confirm: Confirm | null): AnnotationFault[] {
  if (!given.has('confirm') || confirm) return [];
  const meant = nearestName(String(given.get('confirm')), ['self', 'other', '2 of finance']);
  const hint = `use "self", "other" or "N of group"${meant ? ` (did you mean "${meant}"?)` : ''}`;
  return [{ name: 'confirm', message: `unknown level in @confirm("${String(given.get('confirm') ?? '')}")`, hint }];
}

function* placeFaults(policy: PolicyJson, given: ReadonlyMap<string, unknown>): Generator<AnnotationFault> {
  const [confirm, hard] = [given.has('confirm'), given.has('hard')];
  if (policy.effect === 'permit') {
    for (const name of ['confirm', 'hard'].filter((each) => given.has(each))) {
      yield { name, message: `@${name} belongs on a forbid, not on a permit`, hint: 'write a forbid that carries it' };
    }
  } else if (given.has('scope')) {
    const hint = 'write `unless { context.scopes.contains("…") }`';
    yield { name: 'scope', message: '@scope belongs on a permit, not on a forbid', hint };
  } else if (confirm === hard) {
    const message = confirm ? 'a forbid is @confirm or @hard, not both' : 'a forbid must say @confirm("…") or @hard';
    yield { name: null, message, hint: '@hard if nobody can lift it, @confirm("self") if a person can' };
  }
  if (given.has('ask') && !confirm) {
    yield { name: 'ask', message: '@ask without @confirm: nobody would be asked', hint: 'add @confirm("…")' };
  }
}

function* textFaults(given: ReadonlyMap<string, string | null>): Generator<AnnotationFault> {
  for (const name of ['ask', 'advice'].filter((each) => given.has(each))) {
    if (!given.get(name)?.trim()) yield { name, message: `@${name} needs a sentence`, hint: null };
  }
  if (given.has('scope') && scopesIn(given.get('scope') ?? '') === null)
    yield { name: 'scope', message: '@scope names scopes, parted by one space each', hint: '@scope("orders:write")' };
  if (given.get('hard')) yield { name: 'hard', message: '@hard takes no value', hint: null };
}
