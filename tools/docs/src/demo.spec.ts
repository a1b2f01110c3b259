import { spawn, spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { fencesOf } from './markdown.ts';
import { startShop } from './start-shop.ts';
import { read, root } from './tree.ts';

/** What each line must say, in order; a line that says otherwise also makes the demo exit with 1. */
const lines: readonly [what: string, outcome: RegExp][] = [
  ['alice lists tools', /sees +5 of 7/],
  ['alice reads her order 1001', /allowed +\d+ ms/],
  [
    'alice reads order 2001',
    /denied +not_owner: "This order is not yours\. List your own orders first\. Reference \w{26}\."/,
  ],
  ['order_id "*"', /denied +wildcard_argument: "Name one order\./],
  ['cancel_orders with all her ids', /denied +bulk_argument: "One order at a time\./],
  ['order_id 7 (a number)', /denied +invalid_arguments: "\/order_id must be string\./],
  ['asked through her client', /held +"Sallyport asks: Cancel order "\d+" \(".*EUR"\)\?" asked through her client/],
  ['she says yes', /allowed +approval used once/],
  ['now she says no', /held/],
  [
    'an upstream fails with SQL',
    /answered +"Error: SQL error: no such table: \[redacted:query\] in: \[redacted:query\]"/,
  ],
  [
    'alice repeats one call 4 times',
    /denied +repeated_call: "The very same call was allowed as often .* last as \w{26}/,
  ],
];

/** What the README shows of a run. */
const shown = fencesOf(read('README.md')).find(({ info }) => info.includes('demo'))?.text ?? '';

/** A run without what differs each time: how long a call took, and references. */
const comparable = (run: string): string => run.replaceAll(/\d+ ms|\b[0-9A-Z]{26}\b/g, '…').trimEnd();

describe('npm run demo', () => {
  it.each(['modern', 'legacy', 'auto'])(
    'goes as it should with a client of the %s era',
    async (era) => {
      const shop = await startShop();
      try {
        const { status, stdout } = await play(`${shop.served.url}/mcp`, era);
        const printed = stdout.split('\n');
        for (const [what, outcome] of lines) {
          const line = printed.find((one) => one.includes(what));
          expect([what, line]).toEqual([what, expect.stringMatching(outcome)]);
        }
        expect([status, stdout]).toEqual([0, expect.stringContaining('Everything went as it should.')]);
        expect(comparable(stdout)).toBe(comparable(shown));
      } finally {
        await shop.stop();
      }
    },
    60_000,
  );

  it('says how to start an instance when there is none', () => {
    const demo = spawnSync(process.execPath, ['examples/shop/demo.mjs', '--url', 'http://127.0.0.1:9/mcp'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(demo.stderr).toContain('npm start');
    expect(demo.status).toBe(3);
  }, 30_000);
});

/** In another process, while this one serves. */
function play(url: string, era: string): Promise<{ status: number | null; stdout: string }> {
  const child = spawn(process.execPath, [resolve(root, 'examples/shop/demo.mjs'), '--url', url, '--era', era], {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1' },
  });
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
  return new Promise((done) => child.on('close', (status) => done({ status, stdout })));
}
