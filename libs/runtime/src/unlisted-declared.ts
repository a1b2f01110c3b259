import type { Config, Finding } from '@sallyport/contracts';
import { nearestName } from '@sallyport/base';
import type { Definitions } from '@sallyport/definitions';

/**
 * What the configuration declares of prompts and templates that their server does not list: a misspelled one would guard nothing, in
 * silence. Servers that have said nothing yet are not spoken of.
 */
export function unlistedDeclared({ upstreams }: Config, { list, hasSpoken }: Definitions): readonly Finding[] {
  const views = list().filter(({ offered }) => offered !== null);
  return Object.entries(upstreams)
    .filter(([id]) => hasSpoken(id))
    .flatMap(([id, upstream]) =>
      (['prompt', 'template'] as const).flatMap((kind) => {
        const listed = views.filter((view) => view.upstream === id && view.kind === kind).map(({ tool }) => tool);
        const declared = Object.keys(upstream[`${kind}s`] ?? {}).filter((name) => !listed.includes(name));
        return declared.map((name) => unlisted(`${kind} ${id}/${name}`, nearestName(name, listed)));
      }),
    );
}

function unlisted(about: string, meant: string | null): Finding {
  const hint =
    meant === null ? 'Write its name as the server lists it, and name its kind in `offers`.' : `Did you mean ${meant}?`;
  return { about, fires: false, detail: 'the server does not list it', hint };
}
