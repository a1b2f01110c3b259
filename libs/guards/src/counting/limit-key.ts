import { type Call, targetText } from '@sallyport/contracts';
import type { LimitConfig } from './limits.config.ts';

type Dimension = LimitConfig['per'][number];

/** What of a call a key is made of. */
export type Caller = Pick<Call, 'agent' | 'upstream' | 'target'> & {
  readonly subject: Pick<Call['subject'], 'issuer' | 'id'>;
};

/** The counter of a limit for a call, without the tenant, which the counters add. Distinct calls never share one by accident. */
export function limitKey({ id, per }: Pick<LimitConfig, 'id' | 'per'>, call: Caller): string {
  let key = named(id);
  for (const dimension of per) for (const part of partOf(dimension, call)) key += named(part);
  return key;
}

/** A part with its length in front, so that none can be spelled to run into the next. */
function named(part: string): string {
  return `${part.length}:${part}`;
}

/** Says whether a limit is about a call: of `<upstream>/<tool>` or `<upstream>/<kind>:<name>`, of anything in `<upstream>/*`, of all where it names none. */
export function isAbout({ tool }: Pick<LimitConfig, 'tool'>, { upstream, target }: Pick<Call, 'upstream' | 'target'>) {
  return tool === undefined || tool === `${upstream}/${targetText(target)}` || tool === `${upstream}/*`;
}

/**
 * Why what a limit says of its counters holds nobody; null where it is sound. A client opens as many sessions as it likes,
 * so that a session is no bound by itself.
 */
export function evadedBy({ id, per }: Pick<LimitConfig, 'id' | 'per'>): string | null {
  if (!per.includes('session') || per.includes('subject')) return null;
  const instead = per.map((dimension) => (dimension === 'session' ? 'subject' : dimension)).join(', ');
  return `The limit ${id} is per session, and a client opens as many sessions as it likes: it is counted per subject. Write per: [${instead}].`;
}

/** Nothing that a client chooses for itself is part of a key: by changing it, a client would get a fresh counter at will. */
function partOf(dimension: Dimension, { subject, agent, upstream, target }: Caller): readonly string[] {
  const person = [subject.issuer, subject.id];
  switch (dimension) {
    case 'tenant':
      return [];
    case 'subject':
    case 'session':
      return person;
    case 'agent':
      // Where no token names the agent, its subject stands for it.
      return agent.verified ? ['verified', agent.id] : ['subject', ...person];
    case 'tool':
      return [upstream, target.kind, targetText(target)];
  }
}
