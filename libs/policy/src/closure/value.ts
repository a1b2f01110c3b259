import type { CedarValueJson } from '@cedar-policy/cedar-wasm/nodejs';

import { decimalUnits } from '../decimal.ts';

/** It can't be known before a call is made. */
export const UNKNOWN = Symbol('unknown');
/** Cedar would report an error. */
export const FAULT = Symbol('fault');

/**
 * Thrown where this evaluator can't do what Cedar does (an operator that it lacks, a number beyond 2^53). Not a value:
 * what is unsure must not be reasoned away by `&&` or `if`, since Cedar may report an error there.
 */
export class Unsure extends Error {}

/** An object that a call will name; only its type is known. */
export interface SomeEntity {
  readonly someOf: string;
}

export type Known = CedarValueJson | SomeEntity;
export type Value = Known | typeof UNKNOWN | typeof FAULT;
export type Truth = boolean | typeof UNKNOWN;

export interface EntityId {
  readonly type: string;
  readonly id: string;
}

export function isRecord(value: Value): value is Record<string, CedarValueJson> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return !('__entity' in value) && !('__extn' in value) && !('someOf' in value && isSomeEntity(value));
}

/** Told apart from a record with an attribute `someOf` by identity: only `someEntity` makes them. */
const somes = new WeakSet<object>();

export function someEntity(type: string): SomeEntity {
  const some = Object.freeze({ someOf: type });
  somes.add(some);
  return some;
}

export function isSomeEntity(value: Value): value is SomeEntity {
  return typeof value === 'object' && value !== null && somes.has(value);
}

export function entityId(value: Value): EntityId | null {
  if (typeof value !== 'object' || value === null || !('__entity' in value)) return null;
  return (value as { __entity: EntityId }).__entity;
}

/** The type of an entity, whether its id is known or not; null for anything else. */
export function entityType(value: Value): string | null {
  return isSomeEntity(value) ? value.someOf : (entityId(value)?.type ?? null);
}

/** A decimal times 10,000; null for anything else. */
export function decimalOf(value: Value): bigint | null {
  if (typeof value !== 'object' || value === null || !('__extn' in value)) return null;
  const { fn, arg } = (value as { __extn: { fn: string; arg?: CedarValueJson } }).__extn;
  return fn === 'decimal' && typeof arg === 'string' ? decimalUnits(arg) : null;
}

/** Cedar's `==`: values of different types are unequal, sets have neither order nor repetition. */
export function equal(a: Known, b: Known): Truth {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b;
  if (Array.isArray(a)) return Array.isArray(b) && equalSets(a, b);
  if (isRecord(a)) return isRecord(b) && equalRecords(a, b);
  const type = entityType(a);
  if (type === null) return equalDecimals(a, b);
  return type === entityType(b) && equalIds(a, b);
}

function equalIds(a: Known, b: Known): Truth {
  if (isSomeEntity(a) || isSomeEntity(b)) return UNKNOWN;
  return entityId(a)?.id === entityId(b)?.id;
}

function equalDecimals(a: Known, b: Known): boolean {
  const units = decimalOf(a);
  return units !== null && units === decimalOf(b);
}

function equalSets(a: readonly CedarValueJson[], b: readonly CedarValueJson[]): Truth {
  return all([includesAll(a, b), includesAll(b, a)]);
}

function equalRecords(a: Record<string, CedarValueJson>, b: Record<string, CedarValueJson>): Truth {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length || !names.every((name) => Object.hasOwn(b, name))) return false;
  return all(names.map((name) => equalMembers(a[name], b[name])));
}

/** Of the context some members are not known before there is a call. */
function equalMembers(a: Value | undefined, b: Value | undefined): Truth {
  return a === UNKNOWN || b === UNKNOWN ? UNKNOWN : equal(a as Known, b as Known);
}

/** Whether a set has a value. Strings and numbers are looked up without comparing structures. */
export function includes(set: readonly CedarValueJson[], value: Known): Truth {
  if (typeof value !== 'object') return set.includes(value);
  return any(set.map((each) => equal(each, value)));
}

/** Each value is looked for in the whole set; Cedar's sets are sorted, so large ones are its to compare. */
const MAX_COMPARISONS = 10_000;

function found(set: readonly CedarValueJson[], values: readonly CedarValueJson[]): Truth[] {
  if (set.length * values.length > MAX_COMPARISONS) throw new Unsure();
  return values.map((value) => includes(set, value));
}

export function includesAll(set: readonly CedarValueJson[], values: readonly CedarValueJson[]): Truth {
  return all(found(set, values));
}

export function includesAny(set: readonly CedarValueJson[], values: readonly CedarValueJson[]): Truth {
  return any(found(set, values));
}

function all(truths: readonly Truth[]): Truth {
  if (truths.includes(false)) return false;
  return truths.includes(UNKNOWN) ? UNKNOWN : true;
}

function any(truths: readonly Truth[]): Truth {
  if (truths.includes(true)) return true;
  return truths.includes(UNKNOWN) ? UNKNOWN : false;
}
