import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '@sallyport/testing/harness';
import { format, resolveConfig } from 'prettier';
import type { ClientFeatureRow } from './client-feature-rows.ts';
import { type ClientRow, steps } from './client-rows.ts';
import { type FeatureRow, featureWays } from './feature-rows.ts';
import type { Row } from './server-rows.ts';
import { versionOf } from './versions.ts';
import { ways } from './ways.ts';

const path = join(root, 'docs/reference/compatibility.md');

const head = `# Compatibility

<!-- Written by \`npm run matrix\`. Change it there. -->

What published servers and clients do with Sallyport between them, against what they do without it. \`npm run matrix\` runs all of it and
writes this page; it fails where a cell is not as it stands here.
`;

/** What came of the matrix. */
export interface Outcome {
  readonly servers: readonly Row[];
  readonly features: readonly FeatureRow[];
  readonly clients: readonly ClientRow[];
  readonly clientFeatures: readonly ClientFeatureRow[];
}

/** Writes the page; whether it was the same already. */
export async function writePage({ servers, features, clients, clientFeatures }: Outcome): Promise<boolean> {
  const options = await resolveConfig(path);
  const sections = [
    head,
    await serverSection(servers),
    await featureSection(features),
    await clientSection(clients),
    clientFeatureSection(clientFeatures),
  ];
  const text = await format(sections.join('\n'), {
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

async function featureSection(rows: readonly FeatureRow[]): Promise<string> {
  const lines: string[][] = [];
  let before: FeatureRow['server'] | null = null;
  for (const { server, feature, cells, why } of rows) {
    const name = server === before ? '' : `\`${server.package}\` ${await versionOf(server.package)}, ${server.wire}`;
    before = server;
    lines.push([name, feature, ...featureWays.map((way) => cells[way]), why]);
  }
  const ways = featureWays.map((way) => `\`${way}\``);
  return `## Prompts, resources and what servers ask

Each server at each transport, with \`offers: [tools, prompts, resources]\`, all of \`client_requests\` and a policy that permits everything, against what it does without
Sallyport. The client is of a revision with sessions; in column \`2026-07-28\`, at \`/mcp/<upstream>\`, of that one. \`prompts\`, \`resources\` and \`templates\` compare the
lists and what is got or read, \`subscribe\` and \`list_changed\` the notifications that come after a change, \`logging\` what a call logs, \`sampling\`, \`elicitation\` and \`roots\` the question as the client has it
and the result of the call. \`resume\` cuts the stream of a call after its first event (\`–\`: nothing to cut). What a server does not have is not tried.

${table(['server', 'feature', ...ways, 'why it differs'], lines)}
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

function clientFeatureSection(rows: readonly ClientFeatureRow[]): string {
  const kinds = Object.keys(rows[0]?.cells ?? {});
  const lines = rows.map(({ feature, cells, why }) => [feature, ...kinds.map((kind) => cells[kind] ?? ''), why]);
  return `## Clients, beyond tools

The clients that have functions for more than tools, before the server of the conformance suite, over HTTP and at \`/mcp/<upstream>\`, with all that is
[granted above](#prompts-resources-and-what-servers-ask). Each is compared with itself without Sallyport; \`elicitation\` and \`sampling\` are answered by its own handler. \`–\`: it has no such function.

${table(['feature', ...kinds, 'why it differs'], lines)}
`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
