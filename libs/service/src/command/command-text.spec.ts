import { resolve } from 'node:path';
import { commandText, shellWord } from './command-text.ts';

describe('a command for one instance', () => {
  it.each([
    [{}, ''],
    [{ config: 'sallyport.yaml' }, ''],
    [{ config: resolve('sallyport.yaml') }, ''],
    [{ config: resolve('shop/guard.yaml') }, ' --config shop/guard.yaml'],
    [{ config: 'shop/sallyport.yaml' }, ' --config shop/sallyport.yaml'],
    [{ config: '/etc/guard.yaml' }, ' --config /etc/guard.yaml'],
    [{ config: "/my files/it's.yaml" }, ` --config '/my files/it'\\''s.yaml'`],
    [{ url: 'http://127.0.0.1:4711' }, ' --url http://127.0.0.1:4711'],
    [{ url: 'http://0.0.0.0:4711' }, ' --url http://127.0.0.1:4711'],
    [{ url: 'http://[::]:4711', ownToken: true }, ' --url http://[::1]:4711 --token <token>'],
    [{ config: 'a.yaml', url: 'http://h:1' }, ' --config a.yaml --url http://h:1'],
    [{ config: 'sallyport.yaml', anywhere: true }, ` --config ${resolve('sallyport.yaml')}`],
  ])('that is reached by %j', (reach, options) => {
    expect(commandText('definitions', reach)).toBe(`sallyport definitions${options}`);
  });

  it.each(['up/run; rm -r x', 'up/$(id)', 'up/`id`', 'up/a>b', ''])('has %j as one word', (text) => {
    expect(shellWord(text)).toBe(`'${text}'`);
  });
});
