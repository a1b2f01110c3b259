import { isServerRequest, scope } from '@sallyport/contracts';
import type { PolicyCase } from '@sallyport/policy';
import { z } from 'zod';
import type { FileProblem } from './config-problems.ts';
import { readYaml, valueOf } from './yaml-file.ts';

const resource = z.strictObject({
  type: z.string(),
  id: z.string(),
  owner: z.string().nullable().optional(),
  status: z.enum(['resolved', 'unresolved']).optional(),
  version: z.string().nullable().optional(),
  attributes: z.record(z.string(), z.json()).optional(),
});

const policyCase = z.strictObject({
  name: z.string().min(1),
  subject: z.strictObject({
    id: z.string(),
    roles: z.array(z.string()),
    scopes: z.array(scope).exactOptional(),
    actors: z.array(z.string().min(1)).max(8).exactOptional(),
  }),
  tool: z.string().optional(),
  prompt: z.string().optional(),
  resource: z.string().optional(),
  upstream: z.string().optional(),
  template: z.string().exactOptional(),
  mime: z.string().exactOptional(),
  asks: z.string().refine(isServerRequest, 'sampling/createMessage, elicitation/create or roots/list').exactOptional(),
  mode: z.enum(['form', 'url']).exactOptional(),
  host: z.string().exactOptional(),
  arguments: z.record(z.string(), z.json()).optional(),
  agent: z.string().optional(),
  resources: z.array(resource).optional(),
  facts: z
    .strictObject({
      bulk: z.number().optional(),
      wildcards: z.array(z.string()).optional(),
      unbounded: z.array(z.string()).optional(),
      bytes: z.number().optional(),
      depth: z.number().optional(),
    })
    .optional(),
  expect: z.enum(['allow', 'deny', 'hold']),
  reason: z.string().optional(),
  rules: z.array(z.string()).optional(),
});

/** A case is about one thing; what describes a resource says nothing of anything else. */
const oneCase = policyCase
  .refine(({ tool, prompt, resource: uri }) => [tool, prompt, uri].filter((each) => each !== undefined).length === 1, {
    message: 'name what is called: one of tool, prompt and resource',
  })
  .refine(({ resource: uri, upstream }) => (uri === undefined) === (upstream === undefined), {
    message: 'a resource needs its upstream, and nothing else has one',
  })
  .refine(({ resource: uri, template, mime }) => uri !== undefined || (template ?? mime) === undefined, {
    message: 'template and mime are of a resource',
  })
  .refine(({ asks, mode, host }) => asks === 'elicitation/create' || (mode ?? host) === undefined, {
    message: 'mode and host are of `asks: elicitation/create`',
  });

const casesFile = z.object({ cases: z.array(oneCase).min(1, 'name at least one case') });

export type CasesAnswer =
  | { readonly ok: true; readonly cases: readonly PolicyCase[] }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

/**
 * Reads and checks a file of policy cases.
 *
 * @returns every problem with file, line and column; never throws
 */
export async function loadPolicyCases(file: string): Promise<CasesAnswer> {
  const read = await readYaml(file, absent);
  if (!read.ok) return read;
  const said = valueOf(read.source, casesFile);
  return said.ok ? { ok: true, cases: said.value.cases as readonly PolicyCase[] } : said;
}

const absent = 'Cases stand in cases.yaml beside the policies, or where --cases says: docs/how-to/write-a-policy.md.';
