import type { CatalogTool, ExplainedVisibility, Subject, SwitchTarget } from '@sallyport/contracts';
import type { DefinitionView } from '@sallyport/definitions';
import type { ToolEntry } from '@sallyport/endpoint-admin';
import { toolSummary, toolViews } from './tool-views.ts';

const subject: Subject = { id: 'ada', issuer: 'development', roles: [] };

interface Given {
  readonly kind?: DefinitionView['kind'];
  readonly state?: DefinitionView['state'];
  readonly problem?: string;
  readonly known?: Partial<CatalogTool> | null;
  readonly answer?: ExplainedVisibility;
  readonly thrown?: SwitchTarget;
}

/** How one tool is seen; policies that are asked although the definition hides it fail the test. */
function view({
  kind = 'tool',
  state = 'approved',
  problem,
  known = { effect: 'read', destructive: false },
  answer,
  thrown,
}: Given) {
  const listed = {
    upstream: 'up',
    kind,
    tool: 'run',
    state,
    problem: problem ?? null,
  } as Partial<DefinitionView>;
  const views = toolViews(
    {
      definitions: {
        list: () => [listed as DefinitionView],
        catalog: {
          version: 1,
          all: () => [],
          find: (_, target) => (known === null || target.kind !== kind ? undefined : (known as CatalogTool)),
        },
      },
      stopping: () => thrown ?? null,
      policies: {
        explain(asked) {
          expect(asked).toBe(subject);
          if (answer === undefined) throw new Error('policies were asked');
          return answer;
        },
      },
    },
    subject,
  );
  return views[0];
}

describe('what a tool is for a subject', () => {
  test.each<[NonNullable<Given['state']>, RegExp]>([
    ['unapproved', /nobody has approved its definition yet/],
    ['drifted', /changed and nobody has approved/],
    ['withdrawn', /no more/],
    ['starting', /not said yet/],
    ['unusable', /do not fit/],
  ])('a definition that is %s hides it, whatever policies say', (state, detail) => {
    const hidden = view({ state });
    expect(hidden).toMatchObject({ state, shown: 'hidden', by: 'definition', rules: [] });
    expect(hidden?.detail).toMatch(detail);
  });

  it('the problem of a definition says more than its state', () => {
    expect(view({ state: 'unusable', problem: 'no argument amount' })?.detail).toBe('no argument amount');
  });

  it.each(['unapproved', 'drifted'] as const)('one that is %s and that nobody can approve is not usable', (state) => {
    expect(view({ state, problem: 'needs tasks' })).toMatchObject({ state: 'unusable', detail: 'needs tasks' });
  });

  it('an approved tool that no catalogue has is hidden by its definition', () => {
    expect(view({ known: null })).toMatchObject({ state: 'starting', shown: 'hidden', by: 'definition' });
  });

  it('a tool that may be called is visible, and nothing hides it', () => {
    const answer = { visibility: 'maybe', rules: ['open'] } as const;
    expect(view({ answer })).toMatchObject({ shown: 'visible', by: null, rules: ['open'], detail: 'read' });
  });

  it.each(['prompt', 'template'] as const)('a %s is told as a tool is, by its kind', (kind) => {
    const answer = { visibility: 'maybe', rules: ['open'] } as const;
    expect(view({ kind, answer })).toMatchObject({ kind, tool: 'run', shown: 'visible', rules: ['open'] });
    expect(view({ kind, state: 'drifted' })).toMatchObject({ kind, shown: 'hidden', by: 'definition' });
  });

  it('instructions are nothing that somebody calls', () => expect(view({ kind: 'instructions' })).toBeUndefined());

  it('a tool whose calls wait for a person asks, and says that it may destroy', () => {
    const answer = { visibility: 'confirm', rules: ['ask'] } as const;
    const seen = view({ known: { effect: 'write', destructive: true }, answer });
    expect(seen).toMatchObject({ shown: 'asks', by: 'policy', rules: ['ask'], detail: 'write, destructive' });
  });

  it('a tool that is switched off is refused, whatever policies grant; one that is hidden stays hidden', () => {
    const thrown = { what: 'tool', name: 'up/run', of: null } as const;
    for (const visibility of ['maybe', 'confirm'] as const)
      expect(view({ answer: { visibility, rules: ['open'] }, thrown })).toMatchObject({
        shown: 'refused',
        by: 'switch',
        rules: [],
        detail: 'up/run is switched off',
      });
    expect(view({ answer: { visibility: 'never', rules: ['no'] }, thrown })).toMatchObject({ by: 'policy' });
    expect(view({ state: 'drifted', thrown })).toMatchObject({ by: 'definition' });
    const suspended = { what: 'tenant', name: 'shop', of: null } as const;
    expect(view({ answer: { visibility: 'maybe', rules: [] }, thrown: suspended })?.detail).toMatch(
      /shop is suspended/,
    );
  });

  it('a tool that a policy forbids names it, and one that none permits says so', () => {
    const forbidden = view({ answer: { visibility: 'never', rules: ['no-run'] } });
    expect(forbidden).toMatchObject({ shown: 'hidden', by: 'policy', rules: ['no-run'], detail: 'read' });
    const unpermitted = view({ answer: { visibility: 'never', rules: [] } });
    expect(unpermitted).toMatchObject({ shown: 'hidden', by: 'policy', detail: 'no policy permits it (read)' });
  });
});

describe('the summary of tools', () => {
  const of = (shown: ToolEntry['shown'], by: ToolEntry['by'], state: ToolEntry['state'] = 'approved'): ToolEntry => {
    return { upstream: 'up', kind: 'tool', tool: 'run', state, shown, by, rules: [], detail: '' };
  };

  it('counts one that asks among neither of the hidden', () => {
    const unapproved = (['unapproved', 'drifted'] as const).map((state) => of('hidden', 'definition', state));
    const views = [of('visible', null), of('asks', 'policy'), of('hidden', 'policy'), ...unapproved];
    expect(toolSummary(views)).toBe('5 tools, 1 hidden by policy, 2 not approved');
  });

  it('does not take for unapproved what is hidden for another reason, and says which', () => {
    const views = (['starting', 'starting', 'withdrawn', 'unusable'] as const).map((state) =>
      of('hidden', 'definition', state),
    );
    expect(toolSummary(views)).toBe(
      '4 tools, 0 hidden by policy, 0 not approved, 2 whose server has not answered yet, 1 offered no more, 1 that can’t be used',
    );
  });

  it('counts prompts and templates beside the tools, and among what is hidden', () => {
    const others = (['prompt', 'template', 'template'] as const).map((kind) => ({ ...of('hidden', 'policy'), kind }));
    expect(toolSummary([of('visible', null), ...others])).toBe(
      '1 tool, 1 prompt, 2 templates, 3 hidden by policy, 0 not approved',
    );
  });

  it('counts nothing where there is nothing', () => {
    expect(toolSummary([of('visible', null)])).toMatch(/^1 tool, /);
    expect(toolSummary([])).toBe('0 tools, 0 hidden by policy, 0 not approved');
  });
});
