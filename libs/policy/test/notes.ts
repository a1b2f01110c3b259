import {
  type AccessRequest,
  type CallAction,
  type CatalogTool,
  type JsonObject,
  type ResourceAbout,
  type ResourceFact,
  targetFact,
  type TargetKind,
} from '@sallyport/contracts';

import { factsOf, request, tool } from './shop.ts';

/** What an upstream offers beside tools, as the catalogue has it. */
export function entry(kind: TargetKind, name: string, upstream = 'notes'): CatalogTool {
  return { ...tool(name, { upstream }), kind, definition: { name }, effect: 'read', destructive: false };
}

export const greet = entry('prompt', 'greet');
export const notes = entry('resource', '');
export const notesById = entry('template', 'note:///{id}');

export function uriFact(uri: string, about: ResourceAbout = {}, upstream = 'notes'): ResourceFact {
  return factOf(notes, { name: uri, upstream, about });
}

export function factOf(
  { kind, name, upstream }: CatalogTool,
  more: { name?: string; upstream?: string; about?: ResourceAbout } = {},
): ResourceFact {
  const fact = targetFact(more.upstream ?? upstream, { kind, name: more.name ?? name }, more.about);
  if (fact === null) throw new Error('a tool has none');
  return fact;
}

/** Alice uses a prompt, or completes one of its arguments. */
export function ofPrompt(
  prompt: CatalogTool,
  action: CallAction = 'prompts/get',
  args: JsonObject = {},
): AccessRequest {
  return request(prompt, { action, arguments: args, facts: factsOf([factOf(prompt)]) });
}

/** Alice reads a resource. */
export function readOf(fact: ResourceFact, of: CatalogTool = notes): AccessRequest {
  return request(of, { action: 'resources/read', arguments: {}, facts: factsOf([fact]) });
}

/** Alice completes a value of a template. */
export function completionOf(template: CatalogTool): AccessRequest {
  return request(template, { action: 'completion/complete', arguments: {}, facts: factsOf([factOf(template)]) });
}
