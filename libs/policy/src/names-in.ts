import type { Rule } from './rule.ts';

/** The actions that a policy names anywhere. */
export function actionsIn(json: Rule['json']): readonly string[] {
  const named = JSON.stringify(json).matchAll(/"type":"Action","id":("(?:[^"\\]|\\.)*")/g);
  return [...named].map(([, id = '""']) => JSON.parse(id) as string);
}

/** The entity types that a policy names anywhere. */
export function typesIn(json: Rule['json']): readonly string[] {
  return [...JSON.stringify(json).matchAll(/"(?:entity_)?type":"([^"]*)"/g)].map(([, type = '']) => type);
}
