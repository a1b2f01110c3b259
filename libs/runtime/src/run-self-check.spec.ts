import { type Files, makeFiles, OPEN, watching } from '../test/fixture.ts';
import { createDependencies, type Dependencies } from './dependencies.ts';
import { dryRunParts } from './dry-run-parts.ts';
import { runSelfCheck } from './run-self-check.ts';

const MISSPELT = { id: 'misspelt', per: ['tenant'], tool: 'up/rum', rate: '1/h' };
const EVADED = { id: 'evaded', per: ['session'], rate: '1/h' };
const ran = { name: 'run', inputSchema: { type: 'object' } };

describe('the self-check', () => {
  let files: Files;
  let errors: string[];
  let dependencies: Dependencies | null = null;

  beforeEach(() => {
    files = makeFiles(OPEN);
    errors = [];
  });
  afterEach(async () => {
    await dependencies?.upstreams.close();
    files.remove();
  });

  async function make({ dryRun = false } = {}): Promise<Dependencies> {
    files.write({ limits: [MISSPELT, EVADED] });
    const loaded = await files.load();
    const ignored = (): void => undefined;
    const error = (text: string): void => void errors.push(text);
    const logger = { debug: ignored, info: ignored, warn: ignored, error, level: 'info' as const };
    const { stores } = dryRunParts(loaded);
    dependencies = await createDependencies({ stores, loaded, logger, observer: watching(), boot: 'boot-1', dryRun });
    expect(await dependencies.activeConfigs.take(loaded)).toEqual([]);
    return dependencies;
  }

  const silent = ({ findings }: Dependencies) => findings.filter(({ fires }) => !fires).map(({ about }) => about);
  const told = () => errors.map((text) => text.split(' ')[0]);

  it('says nothing of a tool that a server may yet offer, and does once it has said what it offers', async () => {
    const made = await make();
    await runSelfCheck(made);
    expect([silent(made), told()]).toEqual([['limits/evaded'], ['limits/evaded']]);
    await made.definitions.offer('up', { tools: [ran] });
    await made.definitions.settle();
    await runSelfCheck(made);
    expect(silent(made)).toEqual(['limits/misspelt', 'limits/evaded']);
    expect(told()).toEqual(['limits/evaded', 'limits/misspelt']);
    expect(errors[1]).toContain('Did you mean up/run?');
  });

  it('says once on the log what never fires, until it fired', async () => {
    const made = await make();
    for (let time = 0; time < 3; time += 1) await runSelfCheck(made);
    expect(told()).toEqual(['limits/evaded']);
    made.findings = [];
    await runSelfCheck(made);
    expect(told()).toEqual(['limits/evaded', 'limits/evaded']);
  });

  it('of a dry run says nothing on the log', async () => {
    const made = await make({ dryRun: true });
    await runSelfCheck(made);
    expect([silent(made), told()]).toEqual([['limits/evaded'], []]);
  });
});
