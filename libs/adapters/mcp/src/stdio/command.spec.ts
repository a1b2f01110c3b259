import { fileURLToPath } from 'node:url';
import { delimiter } from 'node:path';
import { commandOf } from './command.ts';

const baseDir = fileURLToPath(new URL('../..', import.meta.url));

function of(command: string[], env: Record<string, string> = {}): ReturnType<typeof commandOf> {
  return commandOf({ command, env, pass_env: [] }, baseDir, { PATH: '/usr/bin', TOKEN: 'secret' });
}

describe('how a program is started', () => {
  it('passes nothing of our environment that is not named', () => {
    expect(of(['x'], { A: '1' }).env).toEqual({ A: '1', PATH: expect.any(String) });
  });

  it('takes npx from the network only when nothing is installed', () => {
    expect(of(['npx', 'no-such-program', 'a'])).toMatchObject({ file: 'npx', args: ['no-such-program', 'a'] });
    expect(of(['npx', '-y', 'mcp-server-memory', 'a'])).toMatchObject({
      file: expect.stringMatching(/node_modules\/\.bin\/mcp-server-memory$/),
      args: ['a'],
    });
    expect(of(['npx', '../escape'])).toMatchObject({ file: 'npx' });
  });

  it('runs node as ourselves, with installed programs first in the PATH', () => {
    expect(of(['node', 'x.mjs'])).toMatchObject({ file: process.execPath, args: ['x.mjs'] });
    const path = String(of(['node']).env['PATH']).split(delimiter);
    expect(path[0]).toMatch(/node_modules\/\.bin$/);
    expect(path.at(-1)).toBe('/usr/bin');
  });
});
