import { beside } from './beside.ts';

const settled = () => new Promise((resolve) => setImmediate(resolve));

async function toldBy(act: () => unknown): Promise<string[]> {
  const told: string[] = [];
  beside(act, (why) => told.push(why));
  await settled();
  return told;
}

describe('what runs beside', () => {
  it('tells what it throws, at once or later', async () => {
    const thrown = () => {
      throw new Error('at once');
    };
    expect(await toldBy(thrown)).toEqual(['at once']);
    expect(await toldBy(() => Promise.reject(new Error('later')))).toEqual(['later']);
  });

  it('begins at once, and has nothing to tell where it ends well', async () => {
    let begun = false;
    const told = toldBy(() => void (begun = true));
    expect(begun).toBe(true);
    expect([await told, await toldBy(() => undefined)]).toEqual([[], []]);
  });
});
