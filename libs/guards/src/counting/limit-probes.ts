import { type Call, type Catalog, type CatalogTool, type Probe, targetText } from '@sallyport/contracts';
import { nearestName } from '@sallyport/base';
import { noSuchTool, probeCallId, probeEnvelope, type ProbeTool } from '../probe-envelope.ts';
import { evadedBy, isAbout } from './limit-key.ts';
import type { LimitConfig } from './limits.config.ts';

/** A dry run sends no more calls than this: a larger limit is tried as if it were this large. */
export const MOST_CALLS = 20;

/**
 * The part of a probe that tells why a limit would never fire; null where it can. That a tool has the argument of a budget is
 * checked with its definition.
 */
export function neverFires(limit: LimitConfig, catalog: Catalog): Pick<Probe, 'envelopes' | 'hint' | 'awaits'> | null {
  const evaded = evadedBy(limit);
  if (evaded !== null) return { envelopes: [], hint: evaded };
  const tools = catalog.all();
  const { id, tool } = limit;
  if (tool === undefined || tools.some((one) => isAbout(limit, { upstream: one.upstream, target: one }))) return null;
  const [awaits = ''] = tool.split('/');
  return { envelopes: [], hint: unknownTool(id, tool, tools), awaits };
}

function unknownTool(id: string, tool: string, tools: readonly CatalogTool[]): string {
  const names = [
    ...tools.map((one) => `${one.upstream}/${targetText(one)}`),
    ...tools.map((one) => `${one.upstream}/*`),
  ];
  const meant = nearestName(tool, names);
  const advice = meant === null ? 'No upstream offers anything of that name.' : `Did you mean ${meant}?`;
  return `The limit ${id} is about ${tool}, which is not there, so it would never fire. ${advice}`;
}

/** The first tool that a limit is about. */
export function toolOf(limit: LimitConfig, catalog: Catalog): ProbeTool {
  return catalog.all().find((one) => isAbout(limit, { upstream: one.upstream, target: one })) ?? noSuchTool;
}

/** The envelope of one call of a probe; distinct ids, the same digest. */
export function callOf(tool: ProbeTool, at: number, more: { readonly arguments?: Call['arguments'] }) {
  return probeEnvelope({ tool, callId: probeCallId(at), ...more });
}
