import type { Knowledge } from './knowledge.ts';
import type { Link } from './link.ts';
import { streamKey } from './plan.ts';
import type { Request } from './request.ts';
import { texts } from './statement.ts';

/**
 * Learns the versions of streams that a batch goes on from wherever they are, without holding anything: if another
 * sequencer writes there meanwhile, the size of the log has moved too, and the statement is refused.
 *
 * @throws the link's errors
 */
export async function lookUp(
  link: Link,
  batch: readonly Request[],
  { known, ms }: { readonly known: Knowledge; readonly ms: number },
): Promise<void> {
  const unknown = new Map<string, { readonly tenant: string; readonly stream: string }>();
  for (const { tenant, writes } of batch) {
    // Of a log that is not known the size is missing too: it will be held.
    if (!known.sizes.has(tenant)) continue;
    for (const { stream, expectedVersion } of writes) {
      const key = streamKey(tenant, stream);
      if (expectedVersion === 'any' && known.versions.get(key) === undefined) unknown.set(key, { tenant, stream });
    }
  }
  if (unknown.size === 0) return;
  const asked = [...unknown.values()];
  const values = [texts(asked.map(({ tenant }) => tenant)), texts(asked.map(({ stream }) => stream))];
  const rows = await link.ask({ name: 'versions', text: 'SELECT * FROM sallyport.versions($1, $2)', values }, ms);
  for (const [tenant, stream, version] of rows)
    known.versions.set(streamKey(String(tenant), String(stream)), Number(version));
}
