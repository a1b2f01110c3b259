import { commandName } from '@sallyport/base';
import type { Served } from '@sallyport/wiring';
import { printable } from './printable.ts';

/**
 * What somebody who has just started an instance needs: where it is, what to paste into a client, who may call, and the
 * commands that find this instance from the same folder.
 *
 * @param config the configuration as it was named
 */
export function welcome(
  { url, upstreams, users, loaded }: Pick<Served, 'url' | 'upstreams' | 'users' | 'loaded'>,
  config: string,
): string {
  const endpoint = `${url}/mcp`;
  const token = users[0]?.token ?? '<token>';
  const entry = { mcpServers: { sallyport: { url: endpoint, headers: { Authorization: `Bearer ${token}` } } } };
  const command = commandName(process);
  // Where the file does not say the address, it has to be named.
  const isElsewhere = loaded.listen !== undefined || loaded.config.listen.endsWith(':0');
  const option = `${config === 'sallyport.yaml' ? '' : ` --config ${config}`}${isElsewhere ? ` --url ${url}` : ''}`;
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
    'In another terminal, the decisions as they are made, and one of them guard by guard:',
    printable(`  ${command} tail${option}`),
    printable(`  ${command} explain <reference>${option}`),
    '',
    'Ctrl-C ends everything in order.',
    '',
  ].join('\n');
}
