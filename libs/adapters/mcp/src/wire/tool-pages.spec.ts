import type { JsonObject } from '@sallyport/contracts';
import { eachToolPage } from './tool-pages.ts';

const log = () => undefined;
const tool = (name: string, size = 0) => ({ name, description: 'x'.repeat(size), inputSchema: { type: 'object' } });

/** A server whose list has these pages. */
function serverOf(pages: readonly (readonly object[])[]) {
  const asked: JsonObject[] = [];
  const ask = async (params: JsonObject): Promise<JsonObject> => {
    const at = asked.push(params);
    return { tools: [...(pages[at - 1] ?? [])] as JsonObject[], ...(at < pages.length && { nextCursor: `${at}` }) };
  };
  return { ask, asked };
}

describe('the pages of a tool list', () => {
  it('are refused when they are too long together, however short each is', async () => {
    const { ask, asked } = serverOf(Array.from({ length: 50 }, (_, at) => [tool(`t${at}`, 1024 * 1024)]));
    await expect(eachToolPage(ask, log)).rejects.toThrow(/^more than 4194304 characters of tools/);
    expect(asked).toHaveLength(4);
  });

  it('lack the tool that can not be pinned, which is logged, and no other', async () => {
    const deep = JSON.parse(`${'{"a":'.repeat(1_100)}1${'}'.repeat(1_100)}`) as JsonObject;
    const halved = { ...tool('halved'), description: 'Cut \ud83d' };
    const logged: unknown[] = [];
    const { ask } = serverOf([[halved, tool('good'), { ...tool('deep'), _meta: deep }]]);
    const tools = await eachToolPage(ask, (_, why, about) => void logged.push([about?.['tool'], why]));
    expect(tools.map(({ name }) => name)).toEqual(['good']);
    expect(logged).toEqual([
      ['halved', 'tool left out: A string holds half of a surrogate pair.'],
      ['deep', expect.stringMatching(/^tool left out: .*1,?000/)],
    ]);
  });

  it('are refused when there is always one more', async () => {
    const { ask } = serverOf(Array.from({ length: 101 }, (_, at) => [tool(`t${at}`)]));
    await expect(eachToolPage(ask, log)).rejects.toThrow('more than 100 pages');
  });

  it.each([
    ['the same cursor again', ['', '', '']],
    ['another cursor each time', ['1', '2', '3']],
  ])('end with one that holds nothing new, though the server names %s', async (_, cursors) => {
    let asked = 0;
    const ask = async (): Promise<JsonObject> => ({
      tools: [tool('a')] as JsonObject[],
      nextCursor: cursors[asked++] ?? '',
    });
    expect((await eachToolPage(ask, log)).map(({ name }) => name)).toEqual(['a']);
    expect(asked).toBe(2);
  });

  it('are one list, without repeated names', async () => {
    const { ask, asked } = serverOf([
      [tool('a'), tool('b')],
      [tool('a', 5), tool('c')],
    ]);
    expect((await eachToolPage(ask, log)).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(asked).toEqual([{}, { cursor: '1' }]);
  });
});
