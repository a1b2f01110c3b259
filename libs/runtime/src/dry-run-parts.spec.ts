import { JournalUnavailable } from '@sallyport/contracts';
import { makeFiles } from '../test/fixture.ts';
import { dryRunParts } from './dry-run-parts.ts';
import { noVault } from './no-vault.ts';
import { budgetsCheck } from './restore-budgets.ts';
import { guardsAt } from './station-guards.ts';
import { overdueBy } from './system-events.ts';

const files = makeFiles();
afterAll(() => files.remove());

describe('a dry run', () => {
  it('trusts what upstreams offer, and leaves the configuration that it was given as it is', async () => {
    files.write({ upstreams: { up: { command: ['up'], share: 'all' }, far: { url: 'http://far.test/mcp' } } });
    const loaded = await files.load();
    const before = JSON.stringify(loaded);
    const { upstreams } = dryRunParts(loaded).loaded.config;
    expect(Object.values(upstreams).map(({ definitions }) => definitions)).toEqual([
      'trust_on_first_use',
      'trust_on_first_use',
    ]);
    expect(JSON.stringify(loaded)).toBe(before);
  });

  it('has stores of its own, and others the next time', async () => {
    const loaded = await files.load();
    const [one, other] = [dryRunParts(loaded).stores, dryRunParts(loaded).stores];
    expect(await one.tenants.tenants()).toEqual([]);
    expect(one.journal).not.toBe(other.journal);
  });
});

describe('a station', () => {
  it('denies all before it has a configuration, and says when to try again', async () => {
    const denying = guardsAt('authorization', null);
    expect(denying.length).toBeGreaterThan(0);
    for (const guard of denying) {
      expect(guard).toMatchObject({ station: 'authorization', shadow: false });
      const verdict = await guard.judge({} as never);
      expect(verdict).toMatchObject({ effect: 'deny', reason: 'not_ready' });
    }
  });

  it('opens nothing that is sealed', async () => {
    await expect(noVault.open('acme', {} as never)).rejects.toBeInstanceOf(JournalUnavailable);
  });
});

it('an instance is not ready while budgets are read, and names the tenants', () => {
  expect(budgetsCheck({ reading: () => [] })).toEqual({ name: 'budgets', ok: true, detail: 'known' });
  const check = budgetsCheck({ reading: () => [{ tenant: 'acme', events: 12 }] });
  expect(check).toMatchObject({ ok: false, detail: expect.stringContaining('acme: 12 events') });
});

it('a call is overdue no sooner than it may run, whatever is configured', async () => {
  files.write({ call_timeout: '90s' });
  expect(overdueBy(await files.load())).toBe(150_000);
});
