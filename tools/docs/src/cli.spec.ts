import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { read, root } from './tree.ts';

const bin = resolve(root, 'apps/cli/bin/sallyport.mjs');
const page = read('docs/reference/cli.md');

const asked = new Map<string, string>();

function help(...command: readonly string[]): string {
  const args = ['--conditions=@sallyport/source', bin, ...command, '--help'];
  const key = command.join(' ');
  const text = asked.get(key) ?? execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  asked.set(key, text);
  return text;
}

/** Names of the commands that a help text lists. */
function commandsIn(text: string): readonly string[] {
  const [, list = ''] = text.split('Commands:\n');
  return [...list.matchAll(/^ {2}([a-z]+)/gm)].map(([, name = '']) => name).filter((name) => name !== 'help');
}

/** Every command with its own ones: `definitions`, `definitions show`, … */
function allCommands(): readonly (readonly string[])[] {
  return commandsIn(help()).flatMap((name) => [[name], ...commandsIn(help(name)).map((own) => [name, own])]);
}

describe('docs/reference/cli.md', () => {
  it.each(allCommands().map((command) => [command.join(' '), command] as const))('knows %s', (name, command) => {
    // A list is what a command with others does by itself, so it is not written out.
    if (!name.endsWith(' list')) expect(page).toContain(`\`${name}`);
    const options = [...help(...command).matchAll(/--[a-z-]+/g)].map(([option]) => option);
    expect(options.filter((option) => option !== '--help' && !page.includes(option))).toEqual([]);
  });

  it('has the exit codes of --help', () => {
    for (const [, code = '', text = ''] of help().matchAll(/^ {2}(\d) {2}(.*)$/gm))
      expect(page).toMatch(new RegExp(`^\\| ${code} +\\| ${text} +\\|$`, 'm'));
  });
});
