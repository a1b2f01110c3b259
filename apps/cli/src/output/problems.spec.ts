import { NotServed } from '@sallyport/wiring';
import { toldProblems } from './problems.ts';
import { createOutput } from './output.ts';

const problem = (file: string) => ({
  file,
  line: 3,
  column: 1,
  message: 'unknown key\u001b[2J',
  hint: 'Did you mean x?',
});

function told() {
  let text = '';
  const stream = { isTTY: true, write: (more: string) => ((text += more), true) } as NodeJS.WriteStream;
  return { output: createOutput({ stdout: stream, stderr: stream }, {}), text: () => text };
}

const throwing =
  (...files: string[]) =>
  async (): Promise<number> => {
    throw new NotServed(files.map(problem));
  };

describe('toldProblems', () => {
  it('ends with 2 for a configuration and with 1 for policies, and says file and line', async () => {
    const { output, text } = told();
    expect(await toldProblems(output, throwing('/x/sallyport.yaml', '/x/a.cedar'))).toBe(2);
    expect(await toldProblems(output, throwing('/x/a.cedar'))).toBe(1);
    expect(text()).toContain('/x/a.cedar:3:1 unknown key<U+001B>[2J\n  Did you mean x?\n');
  });

  it('leaves other errors and good answers alone', async () => {
    const { output, text } = told();
    await expect(toldProblems(output, () => Promise.reject(new Error('other')))).rejects.toThrow('other');
    expect(await toldProblems(output, async () => 0)).toBe(0);
    expect(text()).toBe('');
  });
});
