import type { Served } from '@sallyport/wiring';
import { usualEntry } from '../init/clients.ts';
import { printable } from './printable.ts';

/**
 * What somebody who has just started an instance needs: where it is, what to paste into a client, who may call, and the
 * commands that find this instance from the same folder.
 */
export function welcome({
  url,
  upstreams,
  users,
  command,
}: Pick<Served, 'url' | 'upstreams' | 'users' | 'command'>): string {
  const endpoint = `${url}/mcp`;
  const token = users[0]?.token ?? '<token>';
  const people = users.map(
    ({ subject, tenant, roles = [], token: own }) =>
      `  ${own.padEnd(14)} ${subject} of ${tenant} (${roles.join(', ')})`,
  );
  return [
    `Sallyport guards ${upstreams.join(', ')} at ${endpoint}, and each alone at ${endpoint}/<upstream>.`,
    '',
    'For your client:',
    JSON.stringify(usualEntry({ url, token }), null, 2),
    '',
    ...(people.length === 0 ? [] : ['Development tokens:', ...people.map(printable), '']),
    'In another terminal, the decisions as they are made, and one of them guard by guard:',
    printable(`  ${command('tail')}`),
    printable(`  ${command('explain <reference>')}`),
    '',
    'Ctrl-C ends everything in order.',
    '',
  ].join('\n');
}
