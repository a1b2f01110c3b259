import { jest } from '@jest/globals';
import { createListChanges } from './list-changes.ts';
import { people } from '../testing/fake-gateway.ts';

const [alice, bob] = [people['alice'], people['bob']];
if (alice === undefined || bob === undefined) throw new Error('nobody there');

describe('changes of lists', () => {
  let lists: Map<string, string>;
  let changes: ReturnType<typeof createListChanges>;
  let heard: string[];
  const stop = new AbortController();
  beforeEach(() => {
    jest.useFakeTimers();
    heard = [];
    lists = new Map();
    changes = createListChanges({ list: ({ subject }, _upstream, kind) => lists.get(`${subject.id} ${kind}`) ?? '[]' });
  });
  afterEach(() => jest.useRealTimers());

  it('are told to nobody whose own list is the same, and of nothing behind the end', () => {
    const gone = new AbortController();
    void changes.follow({ principal: alice, upstream: null }, gone.signal, () => heard.push('alice'));
    void changes.follow({ principal: bob, upstream: null }, stop.signal, () => heard.push('bob'));
    lists.set(`${alice.subject.id} tool`, '[1]');
    jest.advanceTimersByTime(5_000);
    expect(heard).toEqual(['alice']);
    gone.abort();
    lists.set(`${alice.subject.id} tool`, '[2]').set(`${bob.subject.id} tool`, '[3]');
    jest.advanceTimersByTime(5_000);
    expect(heard).toEqual(['alice', 'bob']);
    stop.abort();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('are of each list by itself, and templates are resources', () => {
    const { signal } = new AbortController();
    void changes.follow({ principal: alice, upstream: null }, signal, (list) => heard.push(list));
    for (const kind of ['prompt', 'template', 'resource', 'tool']) {
      lists.set(`${alice.subject.id} ${kind}`, '[1]');
      jest.advanceTimersByTime(1_000);
    }
    expect(heard).toEqual(['prompts', 'resources', 'resources', 'tools']);
  });

  it('are followed by one subject a few times at most: the first one ends', async () => {
    const { signal } = new AbortController();
    const first = changes.follow({ principal: alice, upstream: null }, signal, () => heard.push('first'));
    for (let more = 0; more < 16; more++)
      void changes.follow({ principal: alice, upstream: null }, signal, () => heard.push('more'));
    await first;
    lists.set(`${alice.subject.id} tool`, '[1]');
    jest.advanceTimersByTime(1_000);
    expect(heard).toEqual(Array(16).fill('more'));
  });
});
