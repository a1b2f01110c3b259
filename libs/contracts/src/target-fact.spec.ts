import { targetEntities, targetFact } from './target-fact.ts';

describe('targetFact', () => {
  it('has nothing to say of a tool', () => {
    expect(targetFact('files', { kind: 'tool', name: 'read' })).toBeNull();
  });

  it('takes a URI apart', () => {
    const read = (name: string) => targetFact('files', { kind: 'resource', name })?.attributes;
    const none = { host: '', path: '', template: '', mime: '', upstream: 'files' };
    expect(read('file:///srv/a.txt')).toEqual({
      ...none,
      uri: 'file:///srv/a.txt',
      scheme: 'file',
      path: '/srv/a.txt',
    });
    expect(read('https://a.example:8443/b?c')).toMatchObject({ scheme: 'https', host: 'a.example', path: '/b' });
    expect(read('memo://insights')).toMatchObject({ scheme: 'memo', host: 'insights', path: '' });
    expect(read('urn:isbn:1')).toMatchObject({ scheme: 'urn', host: '', path: 'isbn:1' });
    expect(read('nothing')).toEqual({ ...none, uri: 'nothing', scheme: '' });
  });

  it.each(['prompt', 'resource', 'template'] as const)('gives a %s each of its attributes', (kind) => {
    const fact = targetFact('files', { kind, name: 'x' }, { mime: 'text/plain' });
    expect(fact).toMatchObject({
      type: targetEntities[kind].type,
      id: kind === 'prompt' ? 'files/x' : 'x',
      status: 'resolved',
    });
    expect(Object.keys(fact?.attributes ?? {}).sort()).toEqual([...targetEntities[kind].attributes].sort());
  });
});
