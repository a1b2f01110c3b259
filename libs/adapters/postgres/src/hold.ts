import type { Link } from './link.ts';
import { commandKey, type Known, streamKey } from './plan.ts';
import type { Request } from './request.ts';
import { texts } from './statement.ts';

/**
 * Holds the logs that a batch is about until the transaction of the link ends, and tells how they stand.
 *
 * @throws the link's errors
 */
export async function hold(link: Link, batch: readonly Request[], ms: number): Promise<Known> {
  const tenants = [...new Set(batch.map(({ tenant }) => tenant))].sort();
  const streams = new Map(
    batch.flatMap(({ tenant, writes }) =>
      writes.map(({ stream }) => [streamKey(tenant, stream), { tenant, stream }] as const),
    ),
  );
  const values = [
    texts(tenants),
    texts(batch.map(({ tenant }) => tenant)),
    texts(batch.map(({ commandId }) => commandId)),
    texts([...streams.values()].map(({ tenant }) => tenant)),
    texts([...streams.values()].map(({ stream }) => stream)),
  ];
  const rows = await link.ask({ name: 'hold', text: 'SELECT * FROM sallyport.hold($1, $2, $3, $4, $5)', values }, ms);

  const known = { sizes: new Map<string, number>(), versions: new Map<string, number>() };
  const commands = new Map<string, { first: number; count: number }>();
  for (const [what, tenant, name, number, count] of rows) {
    if (what === 'size') known.sizes.set(String(tenant), Number(number));
    else if (what === 'version') known.versions.set(streamKey(String(tenant), String(name)), Number(number));
    else commands.set(commandKey(String(tenant), String(name)), { first: Number(number), count: Number(count) });
  }
  return { ...known, commands, certain: true };
}
