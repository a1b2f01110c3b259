import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '@sallyport/testing/harness';
import { format, resolveConfig } from 'prettier';
import { type ClientRow, steps } from './client-rows.ts';
import type { Row } from './server-rows.ts';
import { versionOf } from './versions.ts';
import { ways } from './ways.ts';

const path = join(root, 'docs/reference/compatibility.md');

const head = `# Compatibility

<!-- Written by \`npm run matrix\`. Change it there. -->

What published servers and clients do with Sallyport between them, against what they do without it. \`npm run matrix\` runs all of it and
writes this page; it fails where a cell is not as it stands here.
`;

/** Writes the page; whether it was the same already. */
export async function writePage(servers: readonly Row[], clients: readonly ClientRow[]): Promise<boolean> {
  const options = await resolveConfig(path);
  const text = await format([head, await serverSection(servers), await clientSection(clients)].join('\n'), {
    ...options,
    parser: 'markdown',
  });
  const before = await readFile(path, 'utf8').catch(() => '');
  await writeFile(path, text);
  return before === text;
}

async function serverSection(rows: readonly Row[]): Promise<string> {
  const lines: string[][] = [];
  for (const { server, check, direct, cells, why } of rows) {
    const name = check === 'list' ? `\`${server.package}\` ${await versionOf(server.package)}` : '';
    lines.push([name, check, direct, ...ways.map((way) => cells[way]), why]);
  }
  return `## Servers

Each runs with the defaults of Sallyport, \`definitions: trust_on_first_use\` and a policy that permits everything. \`list\` compares the definitions of all tools,
\`call\` the whole result of a call, \`error\` that of a call which the server fails. At \`/mcp\` and over stdio the tools have the name of their upstream before their own
(\`files__read_file\`), and every result of a call says in \`_meta\` how it was decided: neither counts as different.

${table(['server', 'check', 'direct', ...ways.map((way) => `\`${way}\``), 'why it differs'], lines)}
`;
}

async function clientSection(rows: readonly ClientRow[]): Promise<string> {
  const lines: string[][] = [];
  for (const { kind, path, cells, why } of rows) {
    const name = path === 'direct' ? `${kind.id} (\`${kind.package}\` ${await versionOf(kind.package)})` : '';
    lines.push([name, path, ...steps.map((step) => cells[step]), why]);
  }
  return `## Clients

Each stands before one server that speaks both protocols, over HTTP; through Sallyport at \`/mcp/<upstream>\`. It lists the tools, calls one, reads the error of one that fails,
is refused a call by a policy, has its person asked ([\`@confirm\`](../how-to/confirm-calls.md)) and sees the call run after a yes, cancels a call that runs (\`yes\`: the server is told), and calls again after
what it is connected to was restarted. Refusals and confirmations are Sallyport's.

${table(['client', 'path', ...steps, 'why'], lines)}
`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
