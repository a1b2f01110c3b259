import type { Commit, Spool } from '@sallyport/contracts';
import { sampleCommit, sampleWrite } from './journal.fixture.ts';

/** What every `Spool` must do. `create` gives an empty one. */
export function spoolContract(name: string, create: () => Promise<Spool>): void {
  describe(`${name} keeps the spool's contract`, () => {
    it('keeps what was not taken, and starts again with it', async () => {
      const spool = await create();
      const commits = await filled(spool, 3);
      const taken: Commit[] = [];
      const failing = spool.drain(async (commit) => {
        if (taken.length === 1) throw new Error('journal is away');
        taken.push(commit);
      });
      await expect(failing).rejects.toThrow('journal is away');
      expect(await spool.drain(async (commit) => void taken.push(commit))).toBe(2);
      expect(taken).toEqual(commits);
    });

    it('hands over oldest first, then holds nothing', async () => {
      const spool = await create();
      const commits = await filled(spool, 5);
      const taken: Commit[] = [];
      expect(await spool.drain(async (commit) => void taken.push(commit))).toBe(5);
      expect(taken).toEqual(commits);
      expect(await spool.drain(async () => Promise.reject(new Error('nothing should be here')))).toBe(0);
    });

    it('takes new commits while it is drained, and hands each to one drain only', async () => {
      const spool = await create();
      const [first] = await filled(spool, 1);
      const late = sampleCommit([sampleWrite('call/late', 0)]);
      const taken: Commit[] = [];
      const slow = spool.drain(async (commit) => {
        if (taken.length === 0) await spool.append(late);
        taken.push(commit);
      });
      const other = spool.drain(async (commit) => void taken.push(commit));
      expect((await slow) + (await other)).toBe(2);
      expect(taken).toEqual([first, late]);
    });
  });
}

async function filled(spool: Spool, count: number): Promise<Commit[]> {
  const commits = Array.from({ length: count }, (_, index) => sampleCommit([sampleWrite(`call/${index}`, 0)]));
  for (const commit of commits) await spool.append(commit);
  return commits;
}
