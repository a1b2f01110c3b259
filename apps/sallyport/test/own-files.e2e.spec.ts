import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ANN, connect, makeScratch, recordedOf, serve } from '@sallyport/testing/harness';

const root = join(import.meta.dirname, '../../..');

describe('a server that is given the folder of Sallyport itself', () => {
  const served = serve(() => {
    const command = [
      process.execPath,
      join(root, 'node_modules/@modelcontextprotocol/server-filesystem/dist/index.js'),
      '.',
    ];
    const files = { command, definitions: 'trust_on_first_use' as const };
    const scratch = makeScratch({ config: { upstreams: { files } } });
    scratch.write('notes.txt', 'Buy milk.');
    return scratch;
  });

  it.each([
    ['read_text_file', { path: 'data/admin.token' }],
    ['read_multiple_files', { paths: ['notes.txt', './users.yaml'] }],
    ['write_file', { path: 'policies/mine.cedar', content: 'permit (principal, action, resource);' }],
    ['move_file', { source: 'notes.txt', destination: 'sallyport.yaml' }],
  ])('is asked for none of its files: %s %j', async (tool, args) => {
    const ann = await connect('v2 modern', served.sallyport.url, ANN.token);
    const { said, meta } = await ann.call(`files__${tool}`, args);
    await ann.close();
    expect(meta).toMatchObject({ decision: 'deny', reason: 'own_files' });
    expect(said).toMatch(/names a file of Sallyport itself/);
    expect(recordedOf(served.scratch.data, 'call.decided').at(-1)?.data).toMatchObject({ reason: 'own_files' });
    expect(existsSync(join(served.scratch.directory, 'policies/mine.cedar'))).toBe(false);
  });

  it('serves the others, and the operator is told', async () => {
    const ann = await connect('v2 modern', served.sallyport.url, ANN.token);
    expect((await ann.call('files__read_text_file', { path: 'notes.txt' })).said).toContain('Buy milk.');
    await ann.close();
    const check = await served.cli('check');
    expect([check.code, check.stdout]).toEqual([1, expect.stringContaining('own-files/files')]);
    expect(served.sallyport.log()).toContain('own-files/files');
    const ready = await fetch(`${served.sallyport.url}/readyz`);
    expect(ready.status).toBe(200);
  });

  it('keeps the keys of Sallyport out of what is searched and read', async () => {
    const token = readFileSync(join(served.scratch.data, 'admin.token'), 'utf8').trim();
    served.scratch.write('copied.txt', `the key is ${token}, and ${ANN.token} is mine`);
    const ann = await connect('v2 modern', served.sallyport.url, ANN.token);
    const { said } = await ann.call('files__read_text_file', { path: 'copied.txt' });
    await ann.close();
    expect(said).not.toContain(token);
    expect(said).not.toContain(ANN.token);
    expect(said).toMatch(/the key is .*, and .* is mine/);
  });
});
