import type { Config, ConfigProblem, Guard, JsonObject, StationName } from '@sallyport/contracts';
import { guards } from '@sallyport/guards';
import { overlayFaults } from '@sallyport/definitions';
import { unknownName } from '@sallyport/base';
import { idleSharing, sharingProblems } from './sharing.ts';

/** What a schema can't say: names that must differ, or must be names of something that there is, keywords of JSON Schema too. */
export function nameProblems(config: Config): readonly ConfigProblem[] {
  return [
    ...upstreamProblems(config),
    ...overlayProblems(config),
    ...guards.flatMap((guard: Guard) => guard.problems?.(config) ?? []),
    ...shadowProblems(config),
    ...togetherProblems(config),
    ...sharingProblems(config),
    ...idleSharing(config),
  ];
}

const needed =
  'Write under upstreams a name, and the command or the url of the server: docs/reference/configuration.md.';

function upstreamProblems({ upstreams }: Config): readonly ConfigProblem[] {
  if (Object.keys(upstreams).length === 0)
    return [{ path: ['upstreams'], message: 'upstreams: name at least one MCP server', hint: needed }];
  return Object.entries(upstreams).flatMap(([id, upstream]) =>
    'command' in upstream && upstream.client_requests !== undefined && upstream.share !== 'subject'
      ? [unattributed(id)]
      : [],
  );
}

/** Nothing that is written is without effect in silence. */
function unattributed(id: string): ConfigProblem {
  const path = ['upstreams', id, 'client_requests'];
  const why = 'several people share this program, so that nobody knows whose call its request is about';
  const hint = `Write upstreams.${id}.share: subject, which starts a program for each person.`;
  return { path, message: `${path.join('.')}: ${why}`, hint };
}

function overlayProblems({ upstreams }: Config): readonly ConfigProblem[] {
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

function shadowProblems({ shadow }: Config): readonly ConfigProblem[] {
  const allowed = guards.filter(({ neverInShadow }) => neverInShadow === undefined).map(({ id }) => id);
  return shadow.flatMap((name, at) => {
    const path = ['shadow', at];
    const never = guards.find(({ id }) => id === name)?.neverInShadow;
    if (never !== undefined) return [{ path, message: `shadow: ${never}`, hint: 'Take it out of the list.' }];
    return allowed.includes(name) ? [] : [unknownName(path, { what: 'guard', name, known: allowed })];
  });
}

const order: readonly StationName[] = ['rate-limit', 'authorization', 'confirmation'];

function togetherProblems({ cluster }: Config): readonly ConfigProblem[] {
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
