import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';

import { entityOf } from './expression.ts';

/** The actions and groups that a policy's scope names; null where it applies to every action. */
export function namedActions({ action }: PolicyJson): readonly string[] | null {
  if (action.op === 'All') return null;
  if ('entity' in action) return [idOf(action.entity)];
  return 'entities' in action ? action.entities.map(idOf) : [];
}

function idOf(uid: Parameters<typeof entityOf>[0]): string {
  const { type, id } = entityOf(uid);
  return type === 'Action' ? id : '';
}

/** Whether a policy's scope can match an action: exactly, since an action's groups are all known. */
export function appliesTo(policy: PolicyJson, action: string, groups: readonly string[]): boolean {
  const names = namedActions(policy);
  if (names === null || names.includes(action)) return true;
  return policy.action.op === 'in' && names.some((name) => groups.includes(name));
}
