import { z } from 'zod';
import { approvals } from './approvals.config.ts';
import { connections } from './connections.config.ts';
import { cluster } from './cluster.config.ts';
import { floods } from './floods.config.ts';
import { http } from './http.config.ts';
import { identity, tenants } from './identity.config.ts';
import { duration, upstreamId } from './scalars.config.ts';
import { hasOwnSignIn, upstream } from './upstreams.config.ts';

const sanitize = z.strictObject({
  secrets: z.enum(['redact', 'report', 'off']).default('redact').describe('Credentials in results.'),
  personal_data: z
    .enum(['redact', 'report', 'off'])
    .default('redact')
    .describe('Checksummed personal data in results.'),
  invisible: z
    .enum(['remove', 'report', 'off'])
    .default('remove')
    .describe('Control, bidirectional and invisible characters.'),
  output_schema: z
    .enum(['enforce', 'report', 'off'])
    .default('enforce')
    .describe('The approved output schema as an allow-list.'),
  max_bytes: z
    .int()
    .positive()
    .default(262_144)
    .describe('A larger result is cut, and says so. Pictures, sounds and files in it do not count.'),
  max_blob_bytes: z
    .int()
    .positive()
    .default(8_388_608)
    .describe(
      'What the pictures, sounds and files of one result may have together, in base64 as they come. One that does not fit is left out, and the result says so. Not more than `max_response_bytes` of the upstream lets through.',
    ),
});

const resolvers = z
  .strictObject({
    per_subject: z.int().positive().default(20).describe('Lookups per second that one subject may cause.'),
    in_flight: z.int().positive().default(40).describe('Lookups in flight, over all subjects. Further ones wait.'),
    in_flight_per_tenant: z
      .int()
      .positive()
      .optional()
      .describe('How many of them may be of one tenant; three quarters of `in_flight` if absent.'),
    in_flight_per_subject: z
      .int()
      .positive()
      .optional()
      .describe(
        'How many of them one subject may have in any case, a quarter of `in_flight` if absent; more while a quarter of ' +
          '`in_flight` and of `in_flight_per_tenant` stays free.',
      ),
  })
  .check(({ value, issues }) => {
    const { in_flight, in_flight_per_tenant = in_flight, in_flight_per_subject = 1 } = value;
    const over = (path: string, given: number, most: number, of: string): void => {
      if (given <= most) return;
      const message = `is more than ${of} lets through (${most}): write ${most} or less, or raise ${of}`;
      issues.push({ code: 'custom', path: [path], input: value, message });
    };
    over('in_flight_per_tenant', in_flight_per_tenant, in_flight, 'in_flight');
    const least = in_flight_per_tenant < in_flight ? 'in_flight_per_tenant' : 'in_flight';
    over('in_flight_per_subject', in_flight_per_subject, Math.min(in_flight_per_tenant, in_flight), least);
  });

/** `sallyport.yaml` but for the sections that guards have for themselves. Every key has a default except `upstreams`. */
export const configSchema = z
  .strictObject({
    listen: z
      .string()
      .regex(/^(\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$/, 'an address and a port such as 127.0.0.1:8787')
      .refine((listen) => Number(listen.slice(listen.lastIndexOf(':') + 1)) <= 65_535, 'the port must be 65535 or less')
      .default('127.0.0.1:8787')
      .describe('Where the MCP endpoint and the admin API are served; with `sallyport stdio` the admin API alone.'),
    public_url: z.url().optional().describe('The endpoint as clients know it, where a proxy stands before us.'),
    allowed_hosts: z
      .array(z.string())
      .default([])
      .describe('Host names to accept beside the loopback ones and `public_url`.'),
    allowed_origins: z.array(z.string()).default([]).describe('Web origins that may call us from a browser.'),
    http: http.prefault({}),
    data: z.string().default('./data').describe('The journal’s directory.'),
    identity: identity.prefault({}),
    tenants: tenants.prefault({}),
    upstreams: z.record(upstreamId, upstream).describe('The MCP servers behind us.'),
    floods: floods.describe(
      'What one caller may send before it is turned away, whatever `limits` say. Each process counts for itself.',
    ),
    policies: z.string().default('./policies').describe('A directory of .cedar files.'),
    sanitize: sanitize.prefault({}),
    connections: connections.prefault({}).describe('What is kept of users’ sign-ins at upstreams.'),
    approvals: approvals.prefault({}),
    resolvers: resolvers.prefault({}),
    shadow: z.array(z.string()).default([]).describe('Guards that are judged and recorded, not enforced.'),
    max_request_bytes: z.int().positive().default(1_048_576).describe('A larger request is refused.'),
    call_timeout: duration.default(120_000).describe('How long a call may take in all.'),
    cluster: cluster.optional().describe('Sallyport as separate services.'),
  })
  .superRefine(({ http: { body_bytes_per_subject: own }, max_request_bytes: most }, context) => {
    if (own >= 2 * most) return;
    const message = `does not hold two requests of max_request_bytes (${most}): write ${2 * most} or more`;
    context.addIssue({ code: 'custom', path: ['http', 'body_bytes_per_subject'], message });
  })
  .superRefine(({ identity: { issuers }, tenants: { introspection } }, context) => {
    for (const [at, { issuer }] of introspection.entries()) {
      if (!issuers.some((own) => own.issuer === issuer)) continue;
      const message = 'is no issuer of an onboarded tenant: write `introspection` at this issuer in identity.issuers';
      context.addIssue({ code: 'custom', path: ['tenants', 'introspection', at, 'issuer'], message });
    }
  })
  .superRefine(({ upstreams, max_request_bytes: most }, context) => {
    const within = (given: number | undefined, path: readonly string[]): void => {
      if (given === undefined || given <= most) return;
      const message = `is more than max_request_bytes lets through: write ${most} or less, or raise max_request_bytes`;
      context.addIssue({ code: 'custom', path: ['upstreams', ...path, 'max_argument_bytes'], message });
    };
    for (const [id, { max_argument_bytes: given, tools }] of Object.entries(upstreams)) {
      within(given, [id]);
      for (const [name, tool] of Object.entries(tools)) within(tool.max_argument_bytes, [id, 'tools', name]);
    }
  })
  .superRefine(({ upstreams, identity: { issuers, development } }, context) => {
    if (development !== undefined || issuers.some(({ sign_in: signIn }) => signIn !== undefined)) return;
    for (const [id, config] of Object.entries(upstreams)) {
      if (!hasOwnSignIn(config)) continue;
      const message =
        'nobody could sign in, since nobody can prove who they are: set `sign_in` of an issuer (`identity.issuers`)';
      context.addIssue({ code: 'custom', path: ['upstreams', id, 'auth'], message });
    }
  });

/** The address that clients know us by, without the endpoint's path; null where none is configured. */
export function publicBase(publicUrl: string | undefined): string | null {
  return publicUrl?.replace(/\/$/, '').replace(/\/mcp$/, '') ?? null;
}

/** The parsed configuration: one frozen object. */
export type Config = z.output<typeof configSchema>;
export type ConfigInput = z.input<typeof configSchema>;
