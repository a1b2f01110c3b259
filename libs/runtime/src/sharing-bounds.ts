import { shareBounds } from '@sallyport/adapter-mcp';
import type { Config, Finding } from '@sallyport/contracts';

/** What callers may have open at each upstream: told so that it is seen. */
export function sharingBounds({ upstreams }: Pick<Config, 'upstreams'>): Finding[] {
  return Object.entries(upstreams).flatMap(([id, upstream]) => {
    if ('command' in upstream && (upstream.share ?? 'all') === 'all') return [];
    const { max, perTenant, perSubject } = shareBounds(upstream);
    const what = 'command' in upstream ? 'programs' : 'sessions';
    const detail = `at most ${max} ${what}, in use for one tenant ${perTenant}, of one subject ${perSubject}`;
    return [{ about: `${what}/${id}`, fires: true, detail, hint: '' }];
  });
}
