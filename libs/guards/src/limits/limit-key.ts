import type { Call, LimitConfig } from '@sallyport/contracts';

type Dimension = LimitConfig['per'][number];

/** The counter of a limit for a call, without the tenant, which the counters add. Distinct calls never share one by accident. */
export function limitKey({ id, per }: Pick<LimitConfig, 'id' | 'per'>, call: Call): string {
  let key = named(id);
  for (const dimension of per) for (const part of partOf(dimension, call)) key += named(part);
  return key;
}

/** A part with its length in front, so that none can be spelled to run into the next. */
function named(part: string): string {
  return `${part.length}:${part}`;
}

/** Says whether a limit is about a tool: `<upstream>/<tool>`, `<upstream>/*`, or every tool where it names none. */
export function isAbout(
  { tool }: Pick<LimitConfig, 'tool'>,
  { upstream, tool: name }: Pick<Call, 'upstream' | 'tool'>,
) {
  return tool === undefined || tool === `${upstream}/${name}` || tool === `${upstream}/*`;
}

function partOf(dimension: Dimension, { subject, agent, session, upstream, tool }: Call): readonly string[] {
  const person = [subject.issuer, subject.id];
  switch (dimension) {
    case 'tenant':
      return [];
    case 'subject':
      return person;
    case 'session':
      // 2026-07-28 has no sessions; then the agent on behalf of its subject is what comes nearest.
      return session === null ? ['agent', agent.id, ...person] : ['session', session];
    case 'agent':
      // A name that a client gives itself could change with every call, so its subject stands for it.
      return agent.verified ? ['verified', agent.id] : ['subject', ...person];
    case 'tool':
      return [upstream, tool];
  }
}
