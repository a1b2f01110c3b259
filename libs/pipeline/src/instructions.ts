import type { Catalog, PolicyStore, Principal, Sanitize } from '@sallyport/contracts';
import { inQuotation, withoutImitation } from './client-requests/label.ts';

export interface InstructionsParts {
  readonly catalog: Pick<Catalog, 'all'>;
  /** What an upstream says of itself, as it was approved; null for nothing. */
  readonly saidBy: (upstream: string) => string | null;
  readonly policies: PolicyStore;
  readonly sanitize: Sanitize;
}

/**
 * What upstreams say of themselves (`instructions`), as it was approved and sanitized. It reaches only who may see a tool of the
 * upstream: to others its tools do not exist. One text alone stays as it is, but for what would pass for words of ours, which may
 * stand before it; several are quoted, each behind the upstream's id.
 */
export function createInstructions({
  catalog,
  saidBy,
  policies,
  sanitize,
}: InstructionsParts): (principal: Principal, upstream: string | null) => string | null {
  function seen({ tenant, subject }: Principal, asked: string | null): ReadonlySet<string> {
    const active = policies.current(tenant);
    const known = catalog
      .all()
      .filter(({ upstream }) => asked === null || upstream === asked)
      .filter(({ state }) => state === 'approved' || state === 'starting');
    return new Set(known.filter((tool) => active.visible(subject, tool) !== 'never').map(({ upstream }) => upstream));
  }

  function textOf(upstream: string): string | null {
    const said = saidBy(upstream);
    if (said === null) return null;
    const context = { tool: null, what: 'message', reference: '', upstream } as const;
    const { instructions } = sanitize({ instructions: said }, context).value;
    return typeof instructions === 'string' && instructions !== '' ? instructions : null;
  }

  return function instructionsFor(principal, upstream) {
    const texts = [...seen(principal, upstream)].flatMap((id) => {
      const text = textOf(id);
      if (text === null) return [];
      return [upstream === null ? beside(id, text) : withoutImitation(text)];
    });
    return texts.length === 0 ? null : texts.join('\n\n');
  };
}

/** A text of one upstream among those of others. */
function beside(id: string, text: string): string {
  return `${id} (tools ${id}__*) says of itself:\n${inQuotation(text)}`;
}
