import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import type { AdminClient } from '../client/admin-client.ts';
import type { Definition } from '../client/definition.ts';
import { Failure } from '../failure.ts';
import { createOutput } from '../output/output.ts';
import { approveServers, approveNamed } from './approve-definitions.ts';

const definition = (name: string, more: Partial<Definition> = {}): Definition => {
  const [upstream = '', tool = ''] = name.split('/');
  return {
    upstream,
    kind: 'tool',
    tool,
    state: 'unapproved',
    approved: null,
    offered: { name: tool, description: `Text of ${tool}.` },
    offeredDigest: `digest of ${tool}`,
    warnings: [],
    problem: null,
    leftOut: [],
    effect: 'read',
    destructive: false,
    note: null,
    ...more,
  };
};

const pets = [
  definition('pets/feed', { effect: 'write' }),
  definition('pets/list', { leftOut: ['inputSchema/properties/a/pattern: it needs look-around'] }),
  definition('pets/sell', {
    state: 'drifted',
    effect: 'egress',
    destructive: true,
    approved: { name: 'sell', description: 'Text of sell.', annotations: { readOnlyHint: true } },
  }),
  definition('pets/odd', { warnings: ['it names "feed", a tool of farm'] }),
  definition('pets/huge', { problem: 'the schema is too large' }),
  definition('pets/known', { state: 'approved' }),
];
const farm = [definition('farm/plough')];

interface Told {
  readonly answers?: readonly string[];
  readonly options?: { readonly yes?: boolean; readonly diff?: boolean };
  readonly refuse?: Readonly<Record<string, number>>;
}

/** A terminal whose person gives these answers, one for each question, and an instance that has these definitions. */
function session(definitions: readonly Definition[], { answers = [], options = {}, refuse = {} }: Told = {}) {
  const left = [...answers];
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  const questions: string[] = [];
  let text = '';
  const stdout = new PassThrough().on('data', (chunk: Buffer) => {
    text += chunk.toString();
    const question = /(?:^|\n)(.*) \[.*\] $/.exec(chunk.toString());
    if (question === null) return;
    questions.push(question[1] ?? '');
    const answer = left.shift();
    if (answer === undefined) stdin.end();
    else stdin.write(`${answer}\n`);
  });
  const sent: unknown[] = [];
  const client = {
    get: async () => ({ definitions }),
    async post(path: string, body: object) {
      const tool = path.split('/').at(-2) ?? '';
      if (refuse[tool] !== undefined) throw new Failure('refused', `No: ${tool}.`, { status: refuse[tool] });
      sent.push((body as { digest: string }).digest);
    },
  } as Partial<AdminClient> as AdminClient;
  const tty = { isTTY: true, write: (line: string) => ((text += line), true) } as NodeJS.WriteStream;
  const streams = { stdin, stdout, stderr: tty } as object as { stdin: NodeJS.ReadStream } & typeof process;
  const context = { ...streams, env: {}, cwd: '/', signal: new AbortController().signal };
  const output = createOutput({ stdout: tty, stderr: tty }, {});
  return {
    approving: { client, output, context, options, command: (text: string) => `npx sallyport ${text} --config x.yaml` },
    sent,
    questions,
    text: () => stripVTControlCharacters(text),
  };
}

describe('approving by server', () => {
  it('approves nothing after a no, and nothing more once the question is left', async () => {
    const no = session(pets, { answers: ['n', ''] });
    expect([await approveServers('pets', no.approving), no.sent]).toEqual([4, []]);
    const leaves = session([...pets, ...farm], { answers: ['y'] });
    await expect(approveServers(undefined, leaves.approving)).rejects.toThrow('left without an answer');
    expect(leaves.sent).toHaveLength(3);
    expect(leaves.questions).toEqual(['Approve 3 tools of pets?', 'Approve pets/odd?']);
  });

  it('shows how the instructions of a server begin, and asks for them with its tools', async () => {
    const offered = { instructions: `Feed first.\n${'x'.repeat(300)}` };
    const said = definition('farm/instructions', { kind: 'instructions', offered });
    const { approving, questions, text } = session([...farm, said], { answers: ['y'] });
    expect(await approveServers(undefined, approving)).toBe(0);
    expect(questions).toEqual(['Approve 1 tool and the instructions of farm?']);
    expect(text()).toMatch(/farm: 1 tool and the instructions wait for approval/);
    expect(text()).toMatch(/instructions +"Feed first\.\\nx{150,190}…/);
    expect(text()).toMatch(/approved 1 tool and the instructions of farm/);
    const alone = session([said], { answers: ['y'] });
    expect(await approveNamed('farm/instructions', alone.approving)).toBe(0);
    expect(alone.text()).toMatch(/farm\/instructions +unapproved +a text for models/);
  });

  it('names prompts and templates as what they are, in the summary, the question and whole', async () => {
    const prompt = definition('farm/Plan the day', { kind: 'prompt' });
    const uri = 'field://{id}/crops';
    const template = definition('farm/t', { kind: 'template', tool: uri, offeredDigest: 'digest of it' });
    const { approving, questions, text } = session([...farm, prompt, template], { answers: ['d', 'y'] });
    expect(await approveServers(undefined, approving)).toBe(0);
    expect(questions[0]).toBe('Approve 1 tool, 1 prompt and 1 template of farm?');
    expect(text()).toMatch(/prompts +1: Plan the day\n +templates +1: field:\/\/\{id\}\/crops\n/);
    expect(text()).not.toMatch(/\n +instructions/);
    expect(text()).toMatch(/farm\/Plan the day +unapproved +a prompt\n/);
    for (const name of [`farm/${uri}`, `farm+${uri}`]) {
      const one = session([template], { answers: ['y'] });
      expect([await approveNamed(name, one.approving), one.sent]).toEqual([0, ['digest of it']]);
      expect(one.text()).toContain(`farm/${uri}  unapproved  a template of resources`);
    }
  });

  it('asks of each of those that have one name', async () => {
    const both = [...farm, definition('farm/plough', { kind: 'prompt', offeredDigest: 'digest of the prompt' })];
    const { approving, questions, sent } = session(both, { answers: ['n', 'y'] });
    expect(await approveNamed('farm/plough', approving)).toBe(1);
    expect(questions).toEqual(['Approve farm/plough?', 'Approve farm/plough?']);
    expect(sent).toEqual(['digest of the prompt']);
  });

  it('shows one summary and asks once for each server; what has a warning is asked by itself', async () => {
    const { approving, sent, questions, text } = session([...pets, ...farm], { answers: ['y', 'n', 'yes'] });
    expect(await approveServers(undefined, approving)).toBe(1);
    expect(questions).toEqual(['Approve 3 tools of pets?', 'Approve pets/odd?', 'Approve 1 tool of farm?']);
    expect(sent).toEqual(['digest of feed', 'digest of list', 'digest of sell', 'digest of plough']);
    for (const line of [
      /pets: 4 tools wait for approval/,
      /new +2\n/,
      /changed +1: sell \(annotations\)/,
      /reads +1: list/,
      /writes +1: feed/,
      /may destroy +1: sell/,
      /not enforced +list: inputSchema\/properties\/a\/pattern: it needs look-around/,
      /with a warning +odd: it names "feed"/,
      /not usable +huge: the schema is too large/,
      /approved 3 tools of pets\n/,
      /left pets\/huge: can't be approved: the schema is too large/,
    ])
      expect(text()).toMatch(line);
    expect(text()).not.toContain('Text of feed.');
  });

  it('has nothing to ask where what is left can’t be approved, says why, and ends well', async () => {
    const { approving, sent, text } = session([definition('pets/huge', { problem: 'the schema is too large' })], {});
    expect([await approveServers(undefined, approving), sent]).toEqual([0, []]);
    expect(text()).toMatch(/^Nothing waits\.\n.*left pets\/huge: can't be approved: the schema is too large/s);
    expect(text()).not.toContain('for approval');
  });

  it.each([
    ['for the answer d', { answers: ['d', 'y'] }],
    ['for --diff', { answers: ['y'], options: { diff: true } }],
  ])('shows the differences %s', async (_when, told) => {
    const { approving, sent, text } = session(pets.slice(0, 3), told);
    expect([await approveServers('pets', approving), sent.length]).toEqual([0, 3]);
    expect(text()).toContain('Text of feed.');
    expect(text()).toContain('-  "annotations": {');
  });

  it('says what changed between the look and the yes, and approves the rest', async () => {
    const { approving, sent, text } = session(pets.slice(0, 3), { answers: ['y'], refuse: { list: 409 } });
    expect([await approveServers('pets', approving), sent]).toEqual([1, ['digest of feed', 'digest of sell']]);
    expect(text()).toContain('left pets/list: No: list.');
  });

  it('stops where the person may not approve', async () => {
    const { approving } = session(pets, { answers: ['y'], refuse: { feed: 403 } });
    await expect(approveServers('pets', approving)).rejects.toThrow('No: feed.');
  });

  it('with --yes leaves what has a warning to somebody who names it', async () => {
    const options = { yes: true };
    const all = session(pets, { options });
    expect([await approveServers('pets', all.approving), all.questions]).toEqual([1, []]);
    expect(all.sent).not.toContain('digest of odd');
    expect(all.text()).toContain(
      'left pets/odd: it names "feed", a tool of farm. Read it, then approve it by its name: npx sallyport definitions approve pets/odd --config x.yaml',
    );
    const one = session(pets, { options });
    expect([await approveNamed('pets__odd', one.approving), one.sent]).toEqual([0, ['digest of odd']]);
  });

  it('knows no server or tool that offered nothing', async () => {
    const { approving } = session(pets);
    const hint = 'List them with: npx sallyport definitions --config x.yaml';
    const unknown = { message: 'No server cars has offered anything.', hint };
    await expect(approveServers('cars', approving)).rejects.toMatchObject(unknown);
    await expect(approveNamed('pets/none', approving)).rejects.toThrow('There is no definition pets/none.');
  });

  it('names many tools in few words', async () => {
    const many = Array.from({ length: 25 }, (_, at) => definition(`zoo/t${at}`));
    const { approving, text } = session(many, { answers: ['n'] });
    await approveServers('zoo', approving);
    expect(text()).toMatch(/reads +25: t0, .*t19 and 5 more/);
  });
});
