import type { CatalogTool, Finding } from '@sallyport/contracts';

import { appliesTo } from './action-scope.ts';
import type { Rule } from './rule.ts';
import { mayMatchType } from './slice.ts';
import { shapeOf } from './tool-shape.ts';

/**
 * Finds confirmations about objects without a version: a yes is bound to the owner and the attributes alone, so that an
 * object that changed in any other way still runs by it.
 */
export function checkConfirmations(rules: readonly Rule[], tools: readonly CatalogTool[]): Finding[] {
  const confirming = rules.filter(({ confirm }) => confirm !== null);
  const unversioned = tools.flatMap((tool) => {
    const { action, groups } = shapeOf(tool);
    const under = confirming.filter(({ json }) => appliesTo(json, action, groups));
    const types = tool.resources
      .filter(({ resolver }) => resolver !== undefined && resolver.version === undefined)
      .map(({ type }) => type);
    return under.flatMap(({ id, json }) =>
      types.filter((type) => mayMatchType(json, type)).map((type) => [id, type] as const),
    );
  });
  const distinct = new Map(unversioned.map(([id, type]) => [`confirmation ${id} (${type})`, type]));
  return [...distinct].map(([about, type]) => ({
    about,
    fires: false,
    detail: `is asked about ${type}, whose resolver reads no version: after the yes the object may change unseen`,
    hint: `Set version: on the resolver of ${type} (an etag or updated_at; where there is none, the value that matters most).`,
  }));
}
