import type { Config, JsonObject, StationName } from '@sallyport/contracts';
import { guards } from '@sallyport/guards';
import { overlayFaults } from '@sallyport/definitions';
import { nearestName } from '@sallyport/base';
import { idleSharing, sharingProblems } from './sharing.ts';

/** What is wrong at a place of the configuration, and what to write instead. */
export interface NameProblem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly hint: string;
}

/** What a schema can't say: names that must differ, or must be names of something that there is, keywords of JSON Schema too. */
export function nameProblems(config: Config): readonly NameProblem[] {
  return [
    ...upstreamProblems(config),
    ...overlayProblems(config),
    ...limitProblems(config),
    ...shadowProblems(config),
    ...togetherProblems(config),
    ...sharingProblems(config),
    ...idleSharing(config),
  ];
}

function upstreamProblems({ upstreams }: Config): readonly NameProblem[] {
  if (Object.keys(upstreams).length === 0)
    return [{ path: ['upstreams'], message: 'upstreams: name at least one MCP server', hint: '' }];
  return Object.entries(upstreams).flatMap(([id, upstream]) =>
    'command' in upstream && upstream.client_requests !== undefined && upstream.share !== 'subject'
      ? [unattributed(id)]
      : [],
  );
}

/** Nothing that is written is without effect in silence. */
function unattributed(id: string): NameProblem {
  const path = ['upstreams', id, 'client_requests'];
  const why = 'several people share this program, so that nobody knows whose call its request is about';
  const hint = `Write upstreams.${id}.share: subject, which starts a program for each person.`;
  return { path, message: `${path.join('.')}: ${why}`, hint };
}

function overlayProblems({ upstreams }: Config): readonly NameProblem[] {
  return Object.entries(upstreams).flatMap(([id, { tools }]) =>
    Object.entries(tools).flatMap(([tool, { arguments: overlay }]) => {
      const faults = overlay === undefined ? [] : overlayFaults(overlay as JsonObject);
      return faults.map(({ path: within, message, hint }) => {
        const path = ['upstreams', id, 'tools', tool, 'arguments', ...within];
        return { path, message: `${path.join('.')}: ${message}`, hint };
      });
    }),
  );
}

function limitProblems({ limits, upstreams }: Config): readonly NameProblem[] {
  const ids = limits.map(({ id }) => id);
  return limits.flatMap(({ id, tool }, at) => {
    const twice = ids.indexOf(id) < at;
    const [upstream = ''] = tool?.split('/') ?? [];
    const strange = tool !== undefined && !Object.hasOwn(upstreams, upstream);
    return [
      ...(twice ? [{ path: ['limits', at, 'id'], message: `limits: two limits are called "${id}"`, hint: '' }] : []),
      ...(strange
        ? [unknown(['limits', at, 'tool'], { what: 'upstream', name: upstream, known: Object.keys(upstreams) })]
        : []),
    ];
  });
}

function shadowProblems({ shadow }: Config): readonly NameProblem[] {
  const allowed = guards.filter(({ neverInShadow }) => neverInShadow === undefined).map(({ id }) => id);
  return shadow.flatMap((name, at) => {
    const path = ['shadow', at];
    const never = guards.find(({ id }) => id === name)?.neverInShadow;
    if (never !== undefined) return [{ path, message: `shadow: ${never}`, hint: 'Take it out of the list.' }];
    return allowed.includes(name) ? [] : [unknown(path, { what: 'guard', name, known: allowed })];
  });
}

const order: readonly StationName[] = ['rate-limit', 'authorization', 'confirmation'];

function togetherProblems({ cluster }: Config): readonly NameProblem[] {
  const groups = cluster?.colocate ?? [];
  const hint = `The order is ${order.join(', ')}; each station is in one group at most.`;
  return groups.flatMap((group, at) => {
    const from = order.indexOf(group[0] ?? 'audit');
    const adjacent = group.every((name, place) => order[from + place] === name);
    const elsewhere = groups.some((other, place) => place < at && other.some((name) => group.includes(name)));
    if (adjacent && !elsewhere) return [];
    const path = ['cluster', 'colocate', at];
    return [{ path, message: `cluster.colocate: ${group.join(', ')} are not adjacent stations of one group`, hint }];
  });
}

interface Unknown {
  readonly what: string;
  readonly name: string;
  readonly known: readonly string[];
}

function unknown(path: readonly PropertyKey[], { what, name, known }: Unknown): NameProblem {
  const meant = nearestName(name, known);
  const question = meant === null ? '' : `Did you mean "${meant}"? `;
  const message = `${path.map(String).join('.')}: there is no ${what} "${name}"`;
  return { path, message, hint: `${question}There are: ${known.join(', ')}.` };
}
