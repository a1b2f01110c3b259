import {
  agentName,
  type Call,
  type CatalogTool,
  type JsonObject,
  type Policies,
  type ServerRequestMethod,
} from '@sallyport/contracts';
import { type NotAsked, notAsked } from './reading.ts';

/** What is about to be asked of the client of a call, as it would be shown. */
export interface Asked {
  readonly call: Pick<Call, 'subject' | 'agent'>;
  /** What the call is of; null where the catalogue has it no more. */
  readonly tool: CatalogTool | null;
  readonly method: ServerRequestMethod;
  readonly params: JsonObject;
}

/** What policies say of a request that is granted: null where none forbids it. */
export function judgeRequest(policies: Policies, { call, tool, method, params }: Asked): NotAsked | null {
  if (tool === null) return notJudged;
  const { subject, agent } = call;
  const answer = policies.mayAsk({ subject, agent: agentName(agent), tool, method, ...modeOf(method, params) });
  if (answer.effect === 'pass') return null;
  if (answer.reason === 'policy_error') return notJudged;
  const rules = answer.rules.join(', ');
  const says = answer.advice ?? 'Do not ask for it in this call.';
  return { ...notAsked('forbidden', `A policy forbids this (${rules}). ${says}`), rules: answer.rules };
}

function modeOf(method: ServerRequestMethod, { mode, url }: JsonObject): { mode?: 'form' | 'url'; host?: string } {
  if (method !== 'elicitation/create') return {};
  return mode === 'url' ? { mode, host: URL.parse(String(url))?.hostname ?? '' } : { mode: 'form' };
}

const notJudged = notAsked(
  'policy_error',
  'The policies about this could not be evaluated. The operator sees with `sallyport policy check` which one fails.',
);
