import type { Target, TargetKind } from './call.ts';
import type { ResourceFact } from './facts.ts';

/** How policies see what is no tool: the type of its entity and the attributes, which are all texts (`''` where there is none). */
export const targetEntities = {
  prompt: { type: 'Mcp::Prompt', attributes: ['name', 'upstream'] },
  resource: {
    type: 'Mcp::Resource',
    attributes: ['uri', 'scheme', 'host', 'path', 'template', 'mime', 'upstream'],
  },
  template: { type: 'Mcp::Template', attributes: ['uri_template', 'upstream'] },
} as const satisfies Record<Exclude<TargetKind, 'tool'>, { type: string; attributes: readonly string[] }>;

/** What is known of a resource beside its URI: the template that it is of, its MIME type. */
export interface ResourceAbout {
  readonly template?: string;
  readonly mime?: string;
}

/**
 * What a call of a target is judged as, in the place of objects that arguments name. Of a URI, `host` is without the port, and the parts
 * are those of the URL standard: only of a URI in normal form are they pieces of its text.
 *
 * @returns null for a tool, which is judged by what its arguments name
 */
export function targetFact(upstream: string, { kind, name }: Target, about: ResourceAbout = {}): ResourceFact | null {
  if (kind === 'tool') return null;
  const id = kind === 'prompt' ? `${upstream}/${name}` : name;
  const attributes = { ...attributesOf({ kind, name }, about), upstream };
  const { type } = targetEntities[kind];
  return { type, id, pointer: '', status: 'resolved', owner: null, version: null, attributes };
}

function attributesOf({ kind, name }: Target, { template = '', mime = '' }: ResourceAbout): Record<string, string> {
  if (kind === 'prompt') return { name };
  if (kind === 'template') return { uri_template: name };
  const url = URL.parse(name);
  const { hostname: host = '', pathname: path = '' } = url ?? {};
  return { uri: name, scheme: url?.protocol.slice(0, -1) ?? '', host, path, template, mime };
}
