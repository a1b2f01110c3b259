import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageSchema, otherSettings } from '@sallyport/contracts';
import { files, read, root } from './tree.ts';

interface Grant {
  readonly user: string;
  readonly operation: string;
  readonly kind: string;
  readonly name: string;
  readonly prefixed: boolean;
}

interface Topic {
  readonly topic: string;
  readonly partitions: number;
  readonly configs: Readonly<Record<string, string>>;
}

// Plain JavaScript, which no compiler here gives types to.
const rights = (await import(pathToFileURL(resolve(root, 'deploy/setup/rights.mjs')).href)) as {
  grants(settings: object): readonly Grant[];
  topics(settings: object): readonly Topic[];
};
const settings = { kafka: { prefix: '<prefix>', partitions: 6, gateways: 16, replication: 1 }, colocate: [] };

const page = read('docs/reference/transport.md');
const code = files('libs/transport/src/*.ts').filter((path) => !path.endsWith('.spec.ts'));

/** The cells of the rows whose first one begins like this. */
function rows(begin: RegExp): readonly (readonly string[])[] {
  const all = page.split('\n').map((line) => line.split('|').slice(1, -1));
  return all.map((cells) => cells.map((cell) => cell.trim())).filter(([first = '']) => begin.test(first));
}

const minutes = (ms: number): string => (ms < 86_400_000 ? `${ms / 60_000} minutes` : `${ms / 86_400_000} days`);

describe('transport.md', () => {
  it('names everybody who may write to a topic, but a station to its own', () => {
    const topics = rows(/^`<prefix>\.[a-z-]+\.v1`$/);
    expect(topics.length).toBe(6);
    const grants = rights.grants(settings).filter(({ kind, prefixed }) => kind === 'topic' && !prefixed);
    for (const [name = '', writers = '', readers = ''] of topics) {
      const of = grants.filter((grant) => name === `\`${grant.name}\``);
      const reading = of.filter(({ operation }) => operation === 'read').map(({ user }) => user);
      const writing = of.filter(({ operation, user }) => operation === 'write' && !reading.includes(user));
      expect([name, writers.split(', ').sort()]).toEqual([name, writing.map(({ user }) => user).sort()]);
      for (const user of reading) expect([name, readers]).toEqual([name, expect.stringContaining(user)]);
    }
  });

  it('says how many partitions a topic has and how long it is kept', () => {
    const counts: Readonly<Record<string, number>> = { '`partitions`': 6, '`gateways`': 16 };
    for (const [name = '', , , partitions = '', kept] of rows(/^`<prefix>\.[a-z-]+\.v1`$/)) {
      const topic = rights.topics(settings).find((one) => name === `\`${one.topic}\``);
      expect([name, counts[partitions], kept]).toEqual([
        name,
        topic?.partitions,
        minutes(Number(topic?.configs['retention.ms'])),
      ]);
    }
  });

  it('explains every kind of message', () => {
    const kinds = messageSchema.options.map(({ shape }) => shape.kind.value);
    expect(kinds.filter((kind) => rows(new RegExp(`^\`${kind}\`$`)).length !== 1)).toEqual([]);
  });

  it('explains every reason for which a message is refused', () => {
    const named = /reason: '([a-z_]+)'|fromGateway\('([a-z_]+)'|(?:return|:) '((?:release|answer)_[a-z_]+)'/g;
    const told = code.flatMap((path) => [...read(path).matchAll(named)].map(([, ...found]) => found.find(Boolean)));
    expect(told.length).toBeGreaterThan(15);
    expect([...new Set(told)].filter((reason) => !page.includes(`\`${String(reason)}\``))).toEqual([]);
  });
});

describe('answers.md', () => {
  it('says what the reasons of the transport mean', () => {
    const answers = read('docs/reference/answers.md');
    const advices = /advices[^{]*\{([^}]*)\}/.exec(read('libs/transport/src/station-refusal.ts'))?.[1] ?? '';
    const code = read('libs/transport/src/call-admission.ts') + read('libs/contracts/src/verdict.ts');
    const outdated = [...code.matchAll(/reason: '([a-z]+_(?:outdated|mismatch))'/g)];
    const reasons = [...advices.matchAll(/^ *([a-z_]+):/gm), ...outdated].map(([, reason = '']) => reason);
    expect(reasons).not.toEqual([]);
    expect(
      [otherSettings.reason, ...reasons].filter((reason) => !new RegExp(`^\\|[^|]*\`${reason}\``, 'm').test(answers)),
    ).toEqual([]);
  });
});
