import { run } from '../test/run-bin.ts';

const YOUNG_GENERATION = '--max-semi-space-size=16';
/** Has every Node that starts say its flags. */
const SAYS_FLAGS = '--import=data:text/javascript,process.stderr.write(`flags:${process.execArgv.join()}\\n`)';

async function startsOf(args: readonly string[], options = ''): Promise<readonly string[]> {
  const { stderr } = await run(args, { env: { NODE_OPTIONS: `${SAYS_FLAGS} ${options}` } });
  return stderr.split('\n').filter((line) => line.startsWith('flags:'));
}

describe('the young generation', () => {
  it.each([['serve'], ['stdio']])('is sized where %s runs, beside the flags that were given', async (command) => {
    const [, started, ...more] = await startsOf([command, '--config', 'missing.yaml']);
    expect(started).toContain(YOUNG_GENERATION);
    expect(started).toContain('--conditions=@sallyport/source');
    expect(more).toEqual([]);
  });

  it('is as somebody said it', async () => {
    expect(await startsOf(['serve', '--config', 'missing.yaml'], '--max-semi-space-size=8')).toHaveLength(1);
  });

  it('stays as it is for commands that end soon', async () => {
    expect(await startsOf(['--version'])).toHaveLength(1);
  });
});
