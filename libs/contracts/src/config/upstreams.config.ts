import { z } from 'zod';
import { clientRequests } from './client-requests.config.ts';
import { argumentPath, textOfDefinition } from './paths.config.ts';
import { declared, declaredTemplates, resourceRule } from './resources.config.ts';
import { duration, secret } from './scalars.config.ts';
import { upstreamAuth, type UpstreamAuthConfig, type UpstreamAuthParts } from './upstream-auth.config.ts';

const valueRule = z.strictObject({
  argument: argumentPath.describe('Where the value stands, as in `resources`. It must be in the tool’s input schema.'),
  kind: z
    .enum(['path', 'uri', 'text'])
    .describe(
      'A `path` or `uri` that is not its own normal form is refused before policies see it. `text` is neither, whatever `detect_paths` thinks.',
    ),
});

const toolEffect = z.enum(['read', 'write', 'egress']);

const errorTreatment = z.enum(['filter', 'mask', 'pass']);

/** The largest `max_argument_bytes`: larger arguments would not fit into a message between services. */
export const MOST_ARGUMENT_BYTES = 1_048_576;

const maxArgumentBytes = z.int().positive().max(MOST_ARGUMENT_BYTES).optional();

export const tool = z.strictObject({
  effect: toolEffect.optional().describe('From the upstream’s hints if absent; the worst case if it gives none.'),
  groups: z.array(z.string().min(1)).default([]).describe('Action groups that policies may name.'),
  resources: z.array(resourceRule).default([]).describe('Which arguments name objects.'),
  values: z.array(valueRule).default([]).describe('Which arguments are paths and URIs.'),
  arguments: z
    .record(z.string(), z.json())
    .optional()
    .describe(
      'A JSON Schema that restricts the arguments further. A keyword or format that there is not, and a name that the tool does not take, are errors; keywords that begin with `x-` are your own.',
    ),
  unpinned: z
    .record(z.string(), z.enum(['note', 'ignore']))
    .superRefine((members, { addIssue }) => {
      // The key's own schema would say no more than “Invalid key in record”.
      for (const pointer of Object.keys(members))
        for (const { message } of textOfDefinition.safeParse(pointer).error?.issues ?? [])
          addIssue({ code: 'custom', path: [pointer], message });
    })
    .optional()
    .describe(
      'Texts of the definition, by JSON Pointer (`/description`, `/_meta/build`), that the server may change: with a `note` in `sallyport definitions`, or to `ignore`. Clients get the approved copy, whatever they become.',
    ),
  errors: errorTreatment.optional().describe('In place of `errors` of the upstream.'),
  timeout: duration.optional().describe('How long a call may take; each progress that it tells begins the time again.'),
  max_argument_bytes: maxArgumentBytes.describe('In place of `max_argument_bytes` of the upstream.'),
  max_blob_bytes: z.int().positive().optional().describe('In place of `sanitize.max_blob_bytes`.'),
});

/** Who may use one session or program together. */
export const share = z.enum(['subject', 'tenant', 'all']);

/** What an upstream may be used for. */
const offered = z.enum(['tools', 'prompts', 'resources']);

const base = {
  offers: z
    .array(offered)
    .min(1)
    .default(['tools'])
    .describe(
      'What clients may use of the server: its `tools`, its `prompts`, its `resources` with their templates. What is not named is neither asked for nor shown.',
    ),
  definitions: z
    .enum(['pinned', 'trust_on_first_use'])
    .default('pinned')
    .describe(
      'Whether what an upstream offers the first time needs `sallyport definitions approve`, too. What is added or changed later always does.',
    ),
  errors: errorTreatment
    .default('filter')
    .describe(
      'What the client reads of a failure. `filter`: its text, without stack traces, queries, hosts and absolute paths outside of `roots`. `pass`: its text, without stack traces and queries. `mask`: one sentence and a reference.',
    ),
  roots: z
    .array(z.string().min(1))
    .optional()
    .describe(
      'Folders whose paths may stand in texts of errors, beside those that `command` and `cwd` name and what the call itself names. Relative to the configuration’s folder.',
    ),
  arguments: z
    .enum(['refuse_unknown', 'drop_unknown'])
    .optional()
    .describe(
      'What becomes of arguments that a tool’s schema does not name, as some clients send them: the call is refused, or goes on without them, and the record says how many there were.',
    ),
  max_argument_bytes: maxArgumentBytes.describe(
    'A call whose arguments are larger, in bytes of canonical JSON, is refused: 524288 if absent, 1048576 at most, and no more than `max_request_bytes`.',
  ),
  timeout: duration
    .default(60_000)
    .describe(
      'How long a call may take. Each progress that it tells begins the time again, until `call_timeout` is over.',
    ),
  start_timeout: duration
    .default(60_000)
    .describe('How long the server may take to answer `initialize`, a program from its start. Then it is tried again.'),
  max_response_bytes: z.int().positive().default(16_777_216).describe('A larger answer is refused.'),
  tools: z.record(z.string().min(1), tool).default({}).describe('What we know of single tools.'),
  prompts: z.record(z.string().min(1), declared).optional().describe('What we know of single prompts.'),
  templates: declaredTemplates
    .optional()
    .describe(
      'What we know of resources whose URI is of a template, by the URI template as the server lists it: `notes:///{id}`. It holds for every such URI, approved or not.',
    ),
  detect_paths: z
    .boolean()
    .optional()
    .describe(
      'Whether arguments that are paths or URIs by their name, format or description count as `values`, too. Not if absent.',
    ),
  client_requests: clientRequests
    .optional()
    .describe(
      'What the server may ask of a client while its call runs. Without it: nothing. A program needs `share: subject`.',
    ),
};

/** A program that is started and spoken to over stdin and stdout. */
const stdioUpstream = z.strictObject({
  ...base,
  command: z
    .array(z.union([z.string().min(1), secret]))
    .min(1)
    .describe(
      'Program and arguments; run from the configuration’s folder. An argument that holds a credential is read from a file or variable: `{ env: TRACKER_KEY }`.',
    ),
  cwd: z.string().optional().describe('Working directory, relative to the configuration’s folder.'),
  env: z.record(z.string(), z.string()).default({}).describe('Variables to set.'),
  share: share
    .optional()
    .describe(
      'Who uses one program together, with all that it remembers: the calls of one `subject`, of one `tenant`, or of `all`. `all` where there is one tenant; where there are several it must be said.',
    ),
  max_programs: z
    .int()
    .positive()
    .optional()
    .describe(
      'Programs that may run for subjects or tenants (20 if absent), in use for one tenant three quarters of them; an idle one gives way to another, of who has the most.',
    ),
  max_programs_per_subject: z
    .int()
    .positive()
    .optional()
    .describe(
      'How many of them one subject may have: each session of a client that the program may ask has its own. 3 if absent, and no more than half of `max_programs`.',
    ),
  idle: duration
    .optional()
    .describe(
      'A program of a subject or tenant that is not called for this long (5m if absent) is ended; its next call starts it.',
    ),
  pass_env: z.array(z.string()).default([]).describe('Variables to pass on from our own environment.'),
  stderr: z
    .enum(['count', 'log'])
    .default('count')
    .describe(
      'What becomes of what the program writes to stderr, which may hold arguments and results of calls. `count`: only how much it was; the last lines are logged where it ends before it is ready, since no call has reached it then. `log`: logged, without credentials, checksummed personal data and control characters, in bounds.',
    ),
});

/** Where a server is. */
export const httpUrl = z.url({ protocol: /^https?$/ });

/** A server of Streamable HTTP, or of HTTP+SSE. */
const httpUpstream = z.strictObject({
  ...base,
  url: z
    .union([httpUrl, secret])
    .describe('The server’s MCP endpoint. One that holds a credential is read from a file or variable as a whole.'),
  share: share
    .default('subject')
    .describe(
      'Who uses one session together, with all that the server keeps in it: the calls of one `subject`, of one `tenant`, or of `all`. Servers of the stateless revision have none.',
    ),
  max_sessions: z
    .int()
    .positive()
    .default(1_000)
    .describe(
      'Sessions that may be kept, in use for one tenant three quarters of them; an idle one gives way to another, of who has the most.',
    ),
  max_sessions_per_subject: z
    .int()
    .positive()
    .optional()
    .describe('How many of them one subject may have: 64 if absent, and no more than half of `max_sessions`.'),
  idle: duration.default(900_000).describe('A session that is not used for this long is ended.'),
  headers: z.record(z.string(), secret).default({}).describe('Headers that carry our own credential.'),
  auth: upstreamAuth
    .optional()
    .describe('How access tokens for a server that wants OAuth are had, in the place of a header `Authorization`.'),
});

const signedIn = httpUpstream
  .refine(({ auth, headers }) => auth === undefined || !hasAuthorization(headers), {
    message: 'there is a header `Authorization`, too: one of them',
    path: ['auth'],
  })
  .refine(({ auth, share: who }) => !hasTokenPerCaller(auth) || who === 'subject', {
    message: '`auth` gives each caller a token of their own: `subject` alone',
    path: ['share'],
  });

/** Whether users sign in at it themselves. */
export function hasOwnSignIn(config: UpstreamConfig | undefined): boolean {
  return config !== undefined && 'url' in config && config.auth?.type === 'authorization_code';
}

/** Whether a token of each caller's own is had in exchange for the one that they show us. */
export function exchangesTokens(auth: { readonly type: UpstreamAuthConfig['type'] } | undefined): boolean {
  return auth?.type === 'token_exchange' || auth?.type === 'enterprise_managed';
}

/** Whether each caller's calls go out with a token of their own. */
export function hasTokenPerCaller(auth: { readonly type: UpstreamAuthConfig['type'] } | undefined): boolean {
  return exchangesTokens(auth) || auth?.type === 'authorization_code';
}

function hasAuthorization(headers: object): boolean {
  return Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
}

export const upstream = z.union([stdioUpstream, signedIn]);

export type Offered = z.infer<typeof offered>;
export type ErrorTreatment = z.infer<typeof errorTreatment>;
export type Share = z.infer<typeof share>;
export type ToolEffect = z.infer<typeof toolEffect>;
export type ValueRule = z.infer<typeof valueRule>;
export type ToolConfig = z.infer<typeof tool>;
export type StdioUpstreamConfig = z.infer<typeof stdioUpstream>;
export type HttpUpstreamConfig = z.infer<typeof httpUpstream>;
export type UpstreamConfig = z.infer<typeof upstream>;

/** An upstream with its credentials in the place of their names, as it is started. */
export type StdioUpstreamParts = Omit<StdioUpstreamConfig, 'command'> & { readonly command: readonly string[] };
export type HttpUpstreamParts = Omit<HttpUpstreamConfig, 'url' | 'auth'> & {
  readonly url: string;
  readonly auth?: UpstreamAuthParts | undefined;
};
export type UpstreamParts = StdioUpstreamParts | HttpUpstreamParts;
