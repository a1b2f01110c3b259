import type { Call, Catalog, ResourceFact } from '@sallyport/contracts';
import { matchesTemplate } from './uri-template.ts';

type Named = Pick<Call, 'upstream' | 'target'>;

/**
 * What a call is of, as policies see it, where it is no tool: `Mcp::Prompt`, `Mcp::Resource` or `Mcp::Template` with what its name
 * says. A URI is taken as it is sent; the guard `normal-form` refuses those that have another spelling. None of a tool.
 */
export function targetFacts({ upstream, target }: Named, catalog: Pick<Catalog, 'all'>): readonly ResourceFact[] {
  const { kind, name } = target;
  switch (kind) {
    case 'tool':
      return [];
    case 'prompt':
      return [fact('Mcp::Prompt', `${upstream}/${name}`, { name, upstream })];
    case 'template':
      return [fact('Mcp::Template', name, { uri_template: name, upstream })];
    case 'resource':
      return [
        fact('Mcp::Resource', name, { ...uriParts(name), template: templateOf(upstream, name, catalog), upstream }),
      ];
  }
}

function fact(type: string, id: string, attributes: Readonly<Record<string, string>>): ResourceFact {
  return { type, id, pointer: '', status: 'resolved', owner: null, version: null, attributes };
}

/** The parts of a URI as they are written (RFC 3986, appendix B); empty where there is none. */
function uriParts(uri: string): {
  readonly uri: string;
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
} {
  const [, scheme = '', authority = '', path = ''] = /^(?:([^:/?#]+):)?(?:\/\/([^/?#]*))?([^?#]*)/.exec(uri) ?? [];
  return { uri, scheme, host: authority, path };
}

/** The first approved template of the upstream that has the URI; empty for none. */
function templateOf(upstream: string, uri: string, catalog: Pick<Catalog, 'all'>): string {
  const templates = catalog
    .all()
    .filter((one) => one.kind === 'template' && one.upstream === upstream && one.state === 'approved');
  return templates.find(({ name }) => matchesTemplate(name, uri))?.name ?? '';
}
