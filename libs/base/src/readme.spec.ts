import { readFileSync } from 'node:fs';

import * as library from './index.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const examples = [...readme.matchAll(/^(.+); \/\/ → (.+)$/gm)].map(([, code, result]) => [code, result] as const);

describe('README', () => {
  it('has examples', () => {
    expect(examples.length).toBeGreaterThan(8);
  });

  it.each(examples)('%s gives %s', (code, result) => {
    const run = new Function(...Object.keys(library), `return [${code}, ${result}];`);
    const [actual, expected]: unknown[] = run(...Object.values(library));
    expect(actual).toEqual(expected);
  });
});
