import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import type { CatalogTool, ResourceRule } from '@sallyport/contracts';
import { compilePolicies, type PolicyCase, runPolicyTests } from '@sallyport/policy';
import { parse } from 'yaml';
import { fencesOf } from './markdown.ts';
import { type RunningShop, startShop } from './start-shop.ts';
import { markdownFiles, read, root } from './tree.ts';
import { outputsOf, patternOf, scriptOf, stepsOf } from './tutorial.ts';

const run = promisify(execFile);
const cli = `"${process.execPath}" --conditions=@sallyport/source "${resolve(root, 'apps/cli/bin/sallyport.mjs')}"`;
const page = 'docs/tutorial/first-call.md';
const steps = stepsOf(read(page));

let sallyport: RunningShop;
beforeAll(async () => {
  sallyport = await startShop();
}, 60_000);
afterAll(() => sallyport.stop());

/** The page's commands, against Sallyport of this test. */
function here(script: string): string {
  return script
    .replaceAll('http://127.0.0.1:8787', sallyport.served.url)
    .replaceAll('npx sallyport', cli)
    .replaceAll('examples/shop/sallyport.yaml', sallyport.config);
}

describe(page, () => {
  let outputs: readonly string[] = [];
  beforeAll(async () => {
    const { stdout } = await run('bash', ['-c', here(scriptOf(steps))], { cwd: root, maxBuffer: 1e7 });
    outputs = outputsOf(stdout);
  }, 60_000);

  it('has steps to run', () => {
    expect(steps.length).toBeGreaterThan(8);
    expect(outputs.length).toBe(steps.length);
  });

  it.each(steps.map((step, at) => [step.line, step, at] as const))('line %i prints what it says', (_line, step, at) => {
    // This instance was started by no command, so that it does not say `npx`.
    const expected = step.expected?.replaceAll('npx sallyport', 'sallyport') ?? null;
    if (expected !== null) expect(outputs[at]).toMatch(patternOf(expected));
  });
});

const fences = markdownFiles()
  .filter((path) => path.startsWith('docs/'))
  .flatMap((path) => fencesOf(read(path)).map((fence) => ({ path, ...fence })));
const cedar = fences.filter(({ info }) => info[0] === 'cedar');

describe('policies in the documentation', () => {
  const blocks = cedar.map((block) => [`${block.path}:${block.line}`, block.text] as const);

  it('are found wanting when they are', () => {
    const text = '@id("x") permit (principal, action == Action::"orders/no_such_tool", resource);';
    expect(compiled('x.cedar', text)).not.toEqual([]);
  });

  it.each(blocks)('%s compiles against the shop’s tools and a server of notes', (path, text) => {
    expect(compiled(path, text)).toEqual([]);
  });

  function compiled(path: string, text: string): readonly string[] {
    const tools = sallyport.served.runtime.definitions.catalog.all();
    const [tool] = tools;
    const resolver = { tool: 'get_note', argument: 'id', owner: '/structuredContent/owner', attributes: {} };
    const note = { type: 'Note', argument: 'id', resolver } as ResourceRule;
    const notes = { ...tool, kind: 'prompt', upstream: 'notes', name: 'summarize', resources: [note] } as CatalogTool;
    const answer = compilePolicies({ files: [{ path, text }], tools: [...tools, notes] });
    return answer.ok ? [] : answer.problems.map(({ line, message }) => `${line}: ${message}`);
  }
});

describe('cases in the documentation', () => {
  const blocks = fences
    .filter(({ info }) => info.join(' ') === 'yaml cases')
    .map(({ path, line, text }) => [`${path}:${line}`, path, (parse(text) as { cases: PolicyCase[] }).cases] as const);

  it.each(blocks)('%s hold by the policies of their page', (_place, path, cases) => {
    const files = cedar
      .filter((block) => block.path === path)
      .map(({ line, text }) => ({ path: `${line}.cedar`, text }));
    const { all, find } = sallyport.served.runtime.definitions.catalog;
    const [tool] = all();
    const resources = {
      ...tool,
      kind: 'resource',
      upstream: 'files',
      name: '*',
      groups: [],
      resources: [],
    } as CatalogTool;
    const compiled = compilePolicies({ files, tools: [...all(), resources] });
    if (!compiled.ok) throw new Error(compiled.problems.map(({ message }) => message).join('\n'));
    const catalog: typeof find = (upstream, target) => (upstream === 'files' ? resources : find(upstream, target));
    const failed = runPolicyTests(compiled.policies, cases, { catalog: { find: catalog } }).filter(({ ok }) => !ok);
    expect(failed).toEqual([]);
  });
});
