import type { Expr, PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import type { AccessRequest } from '@sallyport/contracts';
import fc from 'fast-check';
import { condition, principalScope } from './generators.ts';
import { completionOf, entry, greet, notesById, ofPrompt, readOf, uriFact } from './notes.ts';
import { agent, subject } from './request-generators.ts';

const textOf = (attr: string): Expr => ({ '.': { left: { Var: 'resource' }, attr } });
const upstreamOf = (id: string): Expr => ({ Value: { __entity: { type: 'Mcp::Upstream', id } } });
const upstream = fc.constantFrom('notes', 'files').map(upstreamOf);
const within = fc.oneof(
  upstream,
  fc.array(upstream, { maxLength: 2 }).map((Set): Expr => ({ Set })),
);
const ours = fc.constantFrom('Mcp::Prompt', 'Mcp::Resource', 'Mcp::Template');
const textAttribute = fc
  .constantFrom('uri', 'path', 'mime', 'template', 'upstream', 'name', 'uri_template')
  .map(textOf);

/** Conditions over prompts, resources and templates. */
const mcpCondition = fc.oneof(
  within.map((right): Expr => ({ in: { left: { Var: 'resource' }, right } })),
  ours.map((entity_type): Expr => ({ is: { left: { Var: 'resource' }, entity_type } })),
  fc
    .tuple(ours, within)
    .map(([entity_type, group]): Expr => ({ is: { left: { Var: 'resource' }, entity_type, in: group } })),
  fc
    .tuple(textAttribute, fc.constantFrom('note:///ab', '/ab', 'notes', 'greet', ''))
    .map(([left, Value]): Expr => ({ '==': { left, right: { Value } } })),
  textAttribute.map((left): Expr => ({ like: { left, pattern: [{ Literal: 'n' }, 'Wildcard'] } })),
  condition,
);
const mcpScope = fc.oneof(
  fc.constant<PolicyJson['resource']>({ op: 'All' }),
  ours.map((entity_type): PolicyJson['resource'] => ({ op: 'is', entity_type })),
  fc.constantFrom<PolicyJson['resource'][]>(
    { op: '==', entity: { type: 'Mcp::Resource', id: 'note:///ab' } },
    { op: 'in', entity: { type: 'Mcp::Upstream', id: 'notes' } },
    { op: 'is', entity_type: 'Mcp::Resource', in: { entity: { type: 'Mcp::Upstream', id: 'notes' } } },
  ),
);
/** Policies over everything that is no tool. */
export const mcpPolicy: fc.Arbitrary<PolicyJson> = fc.record({
  effect: fc.constantFrom('permit', 'forbid'),
  principal: fc.oneof(fc.constant({ op: 'All' } as const), principalScope),
  action: fc.constant({ op: 'All' } as const),
  resource: mcpScope,
  conditions: fc.array(fc.record({ kind: fc.constantFrom('when', 'unless'), body: mcpCondition }), { maxLength: 2 }),
});

const uri = fc.constantFrom('note:///ab', 'note:///ab/b', 'file:///ab', 'urn:a:b');
const called = fc.oneof(
  fc.constantFrom('prompts/get' as const, 'completion/complete' as const).map((action) => ofPrompt(greet, action)),
  fc
    .tuple(uri, fc.constantFrom('', 'note:///{id}'), fc.constantFrom('notes', 'files'))
    .map(([name, template, id]) => readOf(uriFact(name, { template }, id), entry('resource', '', id))),
  fc.constant(completionOf(notesById)),
);

/** Calls of what is no tool, by anybody. */
export const mcpRequests: fc.Arbitrary<AccessRequest> = fc
  .record({ asked: called, subject, agent })
  .map(({ asked, ...rest }) => ({ ...asked, ...rest }));
