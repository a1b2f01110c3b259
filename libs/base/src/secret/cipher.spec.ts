import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { decipher, encipher } from './cipher.ts';

const key = randomBytes(32);
const place = ['value', 'shop', 'sub_1'];

describe('what is enciphered', () => {
  it.each([
    ['under another key', (text: string) => decipher(randomBytes(32), text, place)],
    ['at another place', (text: string) => decipher(key, text, ['value', 'shop', 'sub_2'])],
    ['at a place that reads the same when joined', (text: string) => decipher(key, text, ['value', 'shopsub_1', ''])],
    [
      'with a bit turned',
      (text: string) => decipher(key, `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`, place),
    ],
    ['cut short', (text: string) => decipher(key, text.slice(0, -4), place)],
    ['as nothing', () => decipher(key, '', place)],
  ])('does not open %s', (_, open) => {
    expect(open(encipher(key, '{"amount":"120.00"}', place))).toBeNull();
  });

  it.each(['', '{"city":"Köln 🜁"}', 'x'.repeat(70_000)])('opens as it was', (text) => {
    expect(decipher(key, encipher(key, text, place), place)).toBe(text);
  });

  it('never looks the same twice', () => {
    expect(encipher(key, 'same', place)).not.toBe(encipher(key, 'same', place));
  });

  const noncesOf = (texts: readonly string[]) => texts.map((text) => text.slice(0, 16));

  it('has a nonce that no other has, in a thread beside this one neither', async () => {
    const here = Array.from({ length: 1_000 }, () => encipher(key, 'same', place));
    const url = JSON.stringify(new URL('./cipher.ts', import.meta.url).href);
    const script = `import(${url}).then(({ encipher }) => require('node:worker_threads').parentPort.postMessage(
      Array.from({ length: 1_000 }, () => encipher(new Uint8Array(32), 'same', []))))`;
    const [there] = await once(
      new Worker(script, { eval: true, execArgv: ['--disable-warning=ExperimentalWarning'] }),
      'message',
    );
    expect(new Set(noncesOf([...here, ...there])).size).toBe(2_000);
  });
});
