import { completeConfigSchema } from '@sallyport/guards';
import { LineCounter, parseDocument } from 'yaml';
import { explain, placed, problemText } from './config-problems.ts';

function sourceOf(text: string) {
  const lines = new LineCounter();
  return { file: 'sallyport.yaml', document: parseDocument(text, { lineCounter: lines }), lines };
}

function told(text: string): string[] {
  const source = sourceOf(text);
  const { error } = completeConfigSchema.safeParse(source.document.toJS());
  return explain(error?.issues ?? [], source, completeConfigSchema).map(
    ({ line, column, message }) => `${line}:${column} ${message}`,
  );
}

describe('what is wrong in a file stands', () => {
  it.each([
    [
      'at a value within a list',
      'upstreams:\n  up:\n    command:\n      - up\n      - 7\n',
      '5:9 upstreams.up.command.1: ',
    ],
    ['at the value of an unknown key', 'upstreams:\n  up: { command: [up], cdw: x }\n', '2:29 unknown key "cdw"'],
    [
      'at what lacks a key',
      'upstreams:\n  up: { command: [up] }\ncluster:\n  redis: {}\n',
      '4:10 cluster.redis.nodes: ',
    ],
    ['at the top where that lacks it', '\n# empty\nlisten: 127.0.0.1:1\n', '3:1 upstreams: '],
    ['at the start of an empty file', '', '1:1 the file: '],
  ])('%s', (_where, text, problem) => {
    expect(told(text)).toContainEqual(expect.stringContaining(problem));
  });

  it('in the form whose keys are written, though more of its values are wrong', () => {
    const problems = told('upstreams: { up: { command: up, cwd: 5, pass_env: x } }');
    const start = (name: string): unknown => expect.stringContaining(` upstreams.up.${name}: `);
    expect(problems).toEqual([start('command'), start('cwd'), start('pass_env')]);
  });

  it('at the nearest value above one that is not there', () => {
    const path = ['upstreams', 'up', 'tools', 'pay', 'arguments'];
    const [problem] = placed([{ path, message: 'm', hint: '' }], sourceOf('listen: x\nupstreams:\n  up: 5\n'));
    expect(problem).toEqual({ file: 'sallyport.yaml', line: 3, column: 7, message: 'm', hint: '' });
  });
});

describe('an unknown key', () => {
  const hintOf = (text: string) => {
    const source = sourceOf(text);
    const { error } = completeConfigSchema.safeParse(source.document.toJS());
    return explain(error?.issues ?? [], source, completeConfigSchema).find(({ message }) =>
      message.startsWith('unknown key'),
    )?.hint;
  };

  it('that is near a known one is asked about, of the form that was meant', () => {
    expect(hintOf('upstreams: { up: { url: https://up.example/mcp, headres: {} } }')).toMatch(
      /^Did you mean "headers"\? Allowed here: /,
    );
    expect(hintOf('upstreams: { up: { command: [up], pas_env: [] } }')).toMatch(/^Did you mean "pass_env"\?/);
  });

  it('that is near none is told with those that are allowed', () => {
    expect(hintOf('upstreams: { up: { command: [up] } }\ncluster: { zzzzzzzz: 1 }')).toMatch(
      /^Allowed here: kafka, redis, postgres, secrets, /,
    );
  });

  it('within a list is told with the keys of its members', () => {
    expect(hintOf('upstreams: { up: { command: [up] } }\nlimits: [{ id: a, pr: [tenant], rate: 1/s }]')).toMatch(
      /^Did you mean "per"\?/,
    );
  });
});

it('a problem is text that editors can follow, with the hint on its own line', () => {
  const problem = { file: '/etc/s.yaml', line: 3, column: 7, message: 'no', hint: 'Write it.' };
  expect(problemText(problem)).toBe('/etc/s.yaml:3:7 no\n  Write it.');
  expect(problemText({ ...problem, hint: '' })).toBe('/etc/s.yaml:3:7 no');
});
