import { type CompleteConfigInput, completeConfigSchema } from '@sallyport/guards';
import { idleSharing, sharingProblems } from './sharing.ts';

const programs: CompleteConfigInput['upstreams'] = {
  git: { command: ['git-mcp'] },
  notes: { command: ['notes-mcp'], share: 'tenant' },
  web: { url: 'https://web.example/mcp' },
};
const config = (changes: Partial<CompleteConfigInput>) =>
  completeConfigSchema.parse({ upstreams: programs, ...changes });

const issuer = (tenant: string) => ({
  issuer: `https://${tenant}.example`,
  audience: 'https://mcp.example',
  tenant: { fixed: tenant },
});
const issuers = (...tenants: string[]) => config({ identity: { issuers: tenants.map(issuer) } });

describe('a program that nobody decided about', () => {
  it('is refused where issuers are of several tenants, with the choices', () => {
    const [problem, ...more] = sharingProblems(issuers('shop', 'bank'));
    expect(problem?.path).toEqual(['upstreams', 'git']);
    expect(problem?.message).toContain('upstreams.git: tenants shop, bank would share this program');
    for (const choice of ['subject', 'tenant', 'all']) expect(problem?.hint).toContain(`share: ${choice}`);
    expect(more).toEqual([]);
  });

  it('is refused where tenants are known beside the configuration', () => {
    expect(sharingProblems(issuers('shop'), ['shop', 'bank'])).toHaveLength(1);
    expect(sharingProblems(config({}), ['shop', 'bank'])).toHaveLength(1);
  });

  it('is refused where tokens name the tenant, whatever is known', () => {
    const claimed = { ...issuer('shop'), tenant: { claim: 'org' } };
    const [problem] = sharingProblems(config({ identity: { issuers: [issuer('bank'), claimed] } }));
    expect(problem?.message).toContain('whatever tenants tokens name would share');
  });

  it('is refused with five tenants named at most', () => {
    const [problem] = sharingProblems(config({}), ['a', 'b', 'c', 'd', 'e', 'f']);
    expect(problem?.message).toContain('tenants a, b, c, d, e would');
  });

  it('is taken where there is one tenant, however often it is named', () => {
    expect(sharingProblems(config({}))).toEqual([]);
    expect(sharingProblems(issuers('shop', 'shop'), ['shop'])).toEqual([]);
  });
});

describe('bounds of programs', () => {
  it.each([undefined, 'all'] as const)('are refused where all share one (%s)', (share) => {
    const git = { command: ['git-mcp'] as [string], share, max_programs: 3, idle: '1m' };
    const paths = idleSharing(config({ upstreams: { git } })).map(({ path, message }) => [path.join('.'), message]);
    expect(paths).toEqual([
      ['upstreams.git.max_programs', 'upstreams.git.max_programs: all share one program, so this has no effect'],
      ['upstreams.git.idle', 'upstreams.git.idle: all share one program, so this has no effect'],
    ]);
  });

  it.each(['subject', 'tenant'] as const)('are taken where there is one for each %s', (share) => {
    const git = { command: ['git-mcp'] as [string], share, max_programs: 3 };
    expect(idleSharing(config({ upstreams: { git } }))).toEqual([]);
  });
});
