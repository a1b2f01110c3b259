import { fixtureTools } from '../fixture-tools.mjs';

/** The tools of the suite's own servers: in the legs of clients the product stands in front of these. */
const suiteTools = [
  ...['add_numbers', 'lookup_user', 'my-hyphenated-tool', 'valid_tool', 'json_schema_2020_12_tool', 'json_schema_echo'],
  ...['test_client_elicitation_defaults', 'test_custom_headers', 'test_custom_headers_null', 'test_headers'],
  ...['test_reconnection', 'test-tool', 'test_mrtr_echo_state', 'test_mrtr_no_result_type', 'test_mrtr_no_state'],
  'test_mrtr_unrelated',
];

const kinds = ['tools', 'prompts', 'resources'];
const forms = { elicitation: { forms: true }, roots: true };

/** What is only there so that a whole suite, sent by one subject within seconds, is no flood. */
const manyRequests = { per_call: 20, rate: '10000/min' };

/**
 * Configurations that the suite is run with, by name: `upstream` is merged into the configuration of the suite's server, `config`
 * into the rest, `policy` is all there is of policies.
 *
 * - `open`: what somebody has who guards nothing: all kinds, everything is permitted, nothing is limited or sanitized
 * - `full guard`: as in production. All guards judge, sanitizers are at their defaults, and one role may do by name what the suite
 *   does; what else would change something is asked of a person
 */
export const profiles = {
  open: {
    upstream: {
      definitions: 'trust_on_first_use',
      errors: 'pass',
      client_requests: { sampling: { max_tokens: 100000 }, ...forms, ...manyRequests },
    },
    config: { sanitize: { secrets: 'off', personal_data: 'off', invisible: 'off', output_schema: 'off' } },
    policy: '@id("everything") permit (principal, action, resource);',
  },
  'full guard': {
    upstream: {
      definitions: 'pinned',
      arguments: 'refuse_unknown',
      detect_paths: true,
      client_requests: { sampling: {}, ...forms, ...manyRequests },
    },
    config: {
      limits: [
        { id: 'per-person', per: ['subject'], rate: '6000/min' },
        { id: 'at-once', per: ['subject', 'tool'], concurrent: 20 },
        { id: 'per-day', per: ['subject'], budget: { max: 100000, window: 'day' } },
        { id: 'again', per: ['subject'], identical: '600/min' },
      ],
    },
    policy: `
@id("tools-by-name")
permit (principal in Role::"tester", action, resource is Tool)
when { ${named()} };

@id("texts")
permit (
  principal in Role::"tester",
  action in [
    Action::"mcp:prompts/get",
    Action::"mcp:resources/read",
    Action::"mcp:resources/subscribe",
    Action::"mcp:completion/complete"
  ],
  resource in Mcp::Upstream::"fixture"
);

@id("changes-ask") @confirm("self") @ask("Change it?")
forbid (principal, action, resource is Tool)
when { context.destructive }
unless { ${named()} };

@id("nobody-reads-keys") @hard
forbid (principal, action == Action::"mcp:resources/read", resource)
when { resource.path like "*/keys/*" };
`,
  },
};

/** By text and not as actions: a policy can name only actions of tools that there are, and each server has a few of these. */
function named() {
  return `${JSON.stringify([...Object.keys(fixtureTools), ...suiteTools])}.contains(context.tool)`;
}

/** The configuration of a profile over one upstream, `fixture`. `auth` is that of the upstream, `publicUrl` that of the endpoint. */
export function configOf({ upstream, config }, { url, auth, publicUrl }) {
  return {
    listen: '127.0.0.1:0',
    ...(publicUrl && { public_url: publicUrl }),
    data: './data',
    identity: { development: { users: './users.yaml' } },
    policies: './policies',
    upstreams: { fixture: { url, offers: kinds, ...upstream, ...(auth && { auth }) } },
    ...config,
  };
}
