import { stringify } from 'yaml';
import type { Entries } from './upstream-entries.ts';

/** All that a server has; which arguments are paths and URIs is known once it has said so. */
const everything = { offers: ['tools', 'prompts', 'resources'], detect_paths: true };

export interface Starting {
  readonly listen: string;
  /** The command that approves tools, as the user types it. */
  readonly approve: string;
  /** The client's file whose servers are guarded. */
  readonly file: string;
}

/** The line of `sallyport.yaml` that says for which client's file it was made. */
export function madeFor(file: string): string {
  return `# Made for ${JSON.stringify(file)}`;
}

/** `sallyport.yaml` for a start: everything that it does not say has a default that is safe. */
export function configText({ upstreams }: Pick<Entries, 'upstreams'>, { listen, approve, file }: Starting): string {
  const config = {
    listen,
    data: './data',
    identity: { development: { users: './users.yaml' } },
    upstreams: Object.fromEntries(Object.entries(upstreams).map(([id, entry]) => [id, { ...entry, ...everything }])),
    limits: [
      { id: 'user-rate', per: ['tenant', 'subject'], rate: '60/min', burst: 20, kind: 'attempt' },
      { id: 'repeats', per: ['tenant', 'subject'], identical: '12/min' },
    ],
    policies: './policies',
  };
  return [
    madeFor(file),
    '# Which MCP servers are guarded, and how. Every key but `upstreams` has a default.',
    '# offers: what clients may use of a server; its resources are judged by policies over their URIs.',
    '# detect_paths: paths and URIs that are not in normal form are refused, so that policies can compare them.',
    `# What is new stays hidden until somebody looks at them: ${approve}`,
    stringify(config, { lineWidth: 120, aliasDuplicateObjects: false }),
  ].join('\n');
}

/** The one user of a fresh start, on this machine alone. */
export function usersText(token: string): string {
  const users = [{ name: 'me', tenant: 'local', roles: ['user', 'admin'], token }];
  return `# Users with fixed tokens, for this machine alone. With others, use an issuer instead.\n${stringify({ users })}`;
}

/** Deny by default; what only reads is permitted; everything else asks the person whose agent calls. */
const starterPolicy = `// Nothing is allowed unless a policy permits it. What a tool does is told by \`effect\` in sallyport.yaml, else by the hints
// of the definition that you approved (readOnlyHint, destructiveHint); a tool without hints is taken for the worst.

// What only reads.
@id("users-read")
permit (principal in Role::"user", action, resource is Tool)
when { context.effect == "read" };

// Prompts and resources of servers whose \`offers\` in sallyport.yaml names them, and suggestions for what to fill in. A server may
// look something up for a prompt, so this gives what is filled in to the server without a question.
// Objects that \`templates\` or \`prompts\` in sallyport.yaml declare are not among them: permit those by their owner.
@id("users-read-prompts-and-resources")
permit (
  principal in Role::"user",
  action in [
    Action::"mcp:prompts/get",
    Action::"mcp:resources/read",
    Action::"mcp:resources/subscribe",
    Action::"mcp:completion/complete"
  ],
  resource
)
when { resource is Mcp::Prompt || resource is Mcp::Resource || resource is Mcp::Template };

// Reading everything there is ("*", an empty search), which is refused unless a policy speaks of it.
@id("users-read-everything")
permit (principal in Role::"user", action, resource)
when {
  (resource is Tool || resource is Mcp::Prompt || resource is Mcp::Template) && context.effect == "read" &&
  (!context.facts.wildcards.isEmpty() || !context.facts.unbounded.isEmpty())
};

// Everything else is shown, and waits for your yes each time. To stop asking about one tool, write below \`when\`:
//   unless { context.upstream == "memory" && context.tool == "create_entities" }
@id("users-write")
permit (principal in Role::"user", action, resource is Tool)
when { context.effect != "read" };

@id("writes-ask") @confirm("self")
forbid (principal, action, resource)
when { context.effect != "read" && !context.destructive };

// What may delete or overwrite.
@id("destructive-writes-ask") @confirm("self")
forbid (principal, action, resource)
when { context.destructive };
`;

/** The policies of a start; what the client had switched off stays hidden. */
export function policyText({ toolsOff }: Pick<Entries, 'toolsOff'>): string {
  const rules = Object.entries(toolsOff).map(
    ([id, tools]) => `
// Switched off in the client's file.
@id("switched-off-${id}") @hard
forbid (principal, action, resource)
when { context.upstream == "${id}" && ${JSON.stringify(tools)}.contains(context.tool) };
`,
  );
  return starterPolicy + rules.join('');
}
