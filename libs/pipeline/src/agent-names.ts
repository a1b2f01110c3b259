import { BoundedMap } from '@sallyport/base';
import type { Call } from '@sallyport/contracts';
import { subjectOf } from './append-budget.ts';

/** Names that one subject's clients may give themselves before the record calls the next ones alike. */
const MOST_NAMES = 32;
const MOST_SUBJECTS = 20_000;
const OTHER = '_other';

/**
 * The name under which the directory knows an agent. A name that no token names is the client's own choice, and each new
 * one is a row that stays: beyond some for each subject they have one name together.
 */
export function createAgentNames(): (call: Pick<Call, 'tenant' | 'subject' | 'agent'>) => string {
  const bySubject = new BoundedMap<string, Set<string>>(MOST_SUBJECTS);
  return function agentName({ agent, ...who }) {
    if (agent.verified) return agent.id;
    const key = subjectOf(who);
    const names = bySubject.get(key) ?? new Set<string>();
    bySubject.set(key, names);
    if (names.size < MOST_NAMES) names.add(agent.id);
    return names.has(agent.id) ? agent.id : OTHER;
  };
}
