export interface FairQueueOptions {
  /** Tasks of one tenant that may be under way. */
  readonly underWay: number;
  /** Tasks of one tenant that may wait; more are refused. */
  readonly waiting: number;
  /** Tasks of all tenants that may be under way. */
  readonly total: number;
}

/** Shares one process among tenants: none waits for another's queue, only for its turn. */
export interface FairQueue {
  /** Runs a task when it is its turn. False at once where too many of this tenant wait; the task is not run then. */
  run(tenant: string, task: () => Promise<void>): Promise<boolean>;
}

interface Line {
  underWay: number;
  readonly waiting: (() => void)[];
}

/** Builds a queue. Tenants take turns, one task each; within a tenant the first comes first. */
export function createFairQueue({ underWay, waiting, total }: FairQueueOptions): FairQueue {
  const lines = new Map<string, Line>();
  /** Tenants whose turn may come: something waits, and they have not all that they may have. In the order of their turns. */
  const turns = new Set<string>();
  let running = 0;

  function lineOf(tenant: string): Line {
    const line = lines.get(tenant) ?? { underWay: 0, waiting: [] };
    lines.set(tenant, line);
    return line;
  }

  /** Puts a tenant at the end of the turns, where it has a use for one. */
  function enlist(tenant: string, line: Line): void {
    if (line.waiting.length > 0 && line.underWay < underWay) turns.add(tenant);
  }

  function advance(): void {
    for (const tenant of turns) {
      if (running >= total) return;
      turns.delete(tenant);
      const line = lineOf(tenant);
      const start = line.waiting.shift();
      if (start === undefined) continue;
      running += 1;
      line.underWay += 1;
      enlist(tenant, line);
      start();
    }
  }

  function finished(tenant: string, line: Line): void {
    running -= 1;
    line.underWay -= 1;
    enlist(tenant, line);
    if (line.underWay === 0 && line.waiting.length === 0) lines.delete(tenant);
    advance();
  }

  return {
    async run(tenant, task) {
      const line = lineOf(tenant);
      const free = line.underWay < underWay && running < total;
      if (!free && line.waiting.length >= waiting) return false;
      await new Promise<void>((start) => {
        line.waiting.push(start);
        enlist(tenant, line);
        advance();
      });
      try {
        await task();
      } finally {
        finished(tenant, line);
      }
      return true;
    },
  };
}
