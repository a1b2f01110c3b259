import type { Served } from '@sallyport/wiring';
import { printable } from './printable.ts';

/** What somebody who has just started a house needs: where it is, what to paste into a client, and who may call. */
export function welcome({ url, upstreams, users }: Pick<Served, 'url' | 'upstreams' | 'users'>): string {
  const endpoint = `${url}/mcp`;
  const token = users[0]?.token ?? '<token>';
  const entry = { mcpServers: { sallyport: { url: endpoint, headers: { Authorization: `Bearer ${token}` } } } };
  const people = users.map(
    ({ subject, tenant, roles = [], token: own }) =>
      `  ${own.padEnd(14)} ${subject} of ${tenant} (${roles.join(', ')})`,
  );
  return [
    `Sallyport guards ${upstreams.join(', ')} at ${endpoint}, and each alone at ${endpoint}/<upstream>.`,
    '',
    'For your client:',
    JSON.stringify(entry, null, 2),
    '',
    ...(people.length === 0 ? [] : ['Development tokens:', ...people.map(printable), '']),
    'Watch decisions with `sallyport tail`, explain one with `sallyport explain <reference>`. Ctrl-C ends everything in order.',
    '',
  ].join('\n');
}
