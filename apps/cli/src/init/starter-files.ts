import { stringify } from 'yaml';
import type { Entries } from './upstream-entries.ts';

/** Which arguments are paths and URIs is known once an upstream has said what it offers. */
const detecting = { detect_paths: true };

/** `sallyport.yaml` for a start: everything that it does not say has a default that is safe. */
export function configText({ upstreams }: Entries): string {
  const config = {
    listen: '127.0.0.1:8787',
    data: './data',
    identity: { development: { users: './users.yaml' } },
    upstreams: Object.fromEntries(Object.entries(upstreams).map(([id, entry]) => [id, { ...entry, ...detecting }])),
    limits: [
      { id: 'user-rate', per: ['tenant', 'subject'], rate: '60/min', burst: 20, kind: 'attempt' },
      { id: 'repeats', per: ['tenant', 'subject'], identical: '3/min' },
    ],
    policies: './policies',
  };
  return [
    '# Which MCP servers are guarded, and how. Every key but `upstreams` has a default.',
    '# detect_paths: paths and URIs that are not in normal form are refused, so that policies can compare them.',
    '# New tools stay hidden until somebody looks at them: sallyport definitions approve --all',
    stringify(config, { lineWidth: 120 }),
  ].join('\n');
}

/** The one user of a fresh start, on this machine alone. */
export function usersText(token: string): string {
  const users = [{ name: 'me', tenant: 'local', roles: ['user', 'admin'], token }];
  return `# Users with fixed tokens, for this machine alone. With others, use an issuer instead.\n${stringify({ users })}`;
}

/** Deny by default; reading works; one commented permit shows how to allow more. */
export const starterPolicy = `// Nothing is allowed unless a policy permits it.

// Reading: tools that are named as if they only read. Replace this by the tools that you trust to.
@id("users-read")
permit (principal in Role::"user", action, resource is Tool)
when {
  context.tool like "get_*" || context.tool like "list_*" || context.tool like "read_*" || context.tool like "search_*"
};

// One tool, by its name. With @confirm the person is asked each time.
//
// @id("users-write-files")
// permit (principal in Role::"user", action == Action::"files/write_file", resource is Tool);
//
// @id("writing-needs-a-yes") @confirm("self") @ask("Write this file?")
// forbid (principal, action == Action::"files/write_file", resource);
`;

/** The entry that takes the place of all others in the client's file. */
export function clientEntry({ url, token }: { readonly url: string; readonly token: string }): object {
  return { mcpServers: { sallyport: { url: `${url}/mcp`, headers: { Authorization: `Bearer ${token}` } } } };
}
