import type { LoadedConfig } from '@sallyport/config';
import type { Definitions, UnusableTool } from '@sallyport/definitions';
import type { Logger } from '@sallyport/service';
import { configuredProblems, unusableFindings, unusableReporter } from './unusable-tools.ts';

const loaded = { file: '/etc/sallyport.yaml' } as Partial<LoadedConfig> as LoadedConfig;

function tool(name: string, changes: Partial<UnusableTool> = {}): UnusableTool {
  return {
    upstream: 'up',
    kind: 'tool',
    tool: name,
    approved: true,
    byConfiguration: true,
    problem: 'no argument n',
    ...changes,
  };
}

function definitionsOf(unusable: () => readonly UnusableTool[]): Definitions {
  return { unusable } as Partial<Definitions> as Definitions;
}

describe('tools that do not fit their configuration', () => {
  it('keep from starting where they are approved and the configuration is at fault, and else do not', () => {
    const tools = [
      tool('approved'),
      tool('unapproved', { approved: false }),
      tool('own-fault', { byConfiguration: false }),
    ];
    const problems = configuredProblems(
      definitionsOf(() => tools),
      loaded,
    );
    expect(problems.map(({ file, message }) => [file, message])).toEqual([
      ['/etc/sallyport.yaml', 'up/approved: no argument n'],
    ]);
    expect(problems[0]?.hint).toMatch(
      /upstreams\.up\.tools.* definitions show up\/approved --config \/etc\/sallyport\.yaml`/,
    );
  });

  it('are all told as not served; what to change only where changing the configuration helps', () => {
    const tools = [tool('a', { approved: false }), tool('b', { byConfiguration: false, problem: 'no schema' })];
    const found = unusableFindings(
      definitionsOf(() => tools),
      (command) => `npx sallyport ${command} --config x.yaml`,
    );
    expect(found.map(({ about, fires, detail }) => [about, fires, detail])).toEqual([
      ['definition up/a', false, 'not served: no argument n'],
      ['definition up/b', false, 'not served: no schema'],
    ]);
    const shown = expect.stringContaining('`npx sallyport definitions show up/a --config x.yaml`');
    expect(found.map(({ hint }) => hint)).toEqual([shown, '']);
  });

  it('are no finding where only their server can change them: told once, as a warning', () => {
    const tools = [tool('a', { approved: false, byConfiguration: false, problem: 'needs tasks' })];
    const lines: string[] = [];
    const logger = { warn: (message) => void lines.push(message) } as Partial<Logger> as Logger;
    const definitions = definitionsOf(() => tools);
    expect(unusableFindings(definitions, (command) => command)).toEqual([]);
    const report = unusableReporter(definitions, logger);
    report();
    report();
    expect(lines).toEqual(['tool not served, and can’t be approved: up/a: needs tasks']);
  });

  it('are logged once for each reason, and again when they come back', () => {
    let tools: readonly UnusableTool[] = [tool('a')];
    const lines: string[] = [];
    const logger = { error: (message) => void lines.push(message) } as Partial<Logger> as Logger;
    const report = unusableReporter(
      definitionsOf(() => tools),
      logger,
    );
    report();
    report();
    expect(lines).toEqual(['tool not served: up/a: no argument n']);
    tools = [tool('a', { problem: 'no argument m' })];
    report();
    expect(lines.at(-1)).toBe('tool not served: up/a: no argument m');
    tools = [];
    report();
    expect(lines).toHaveLength(2);
    tools = [tool('a')];
    report();
    expect(lines).toHaveLength(3);
  });
});
