import { type MessageOf, type ReloadReport, reloadReportSchema } from '@sallyport/contracts';
import { within } from '@sallyport/base';
import type { PartitionSender } from './partition-sender.ts';
import type { GatewayEndParts, ReloadRound } from './transport-ends.ts';
import { isSigned, sign } from './mac.ts';
import { setAside, type RejectionLog } from './rejection-log.ts';
import { encode, read } from './messages.ts';

/** Asks every other program to read its files again, one question after the other or at once. */
export interface ReloadRounds {
  /** Resolves when a program answered for each partition, or after some seconds. Never throws. */
  ask(): Promise<ReloadRound>;
  reported(message: MessageOf<'reported'>): void;
}

export interface ReloadRoundsParts extends GatewayEndParts {
  readonly sender: PartitionSender;
  readonly rejections: RejectionLog;
}

interface Asked {
  readonly reports: Map<string, ReloadReport>;
  look(): void;
}

const timeoutMs = 5_000;

/** Builds the asking side of one gateway. A program answers for the partitions that it holds, so that none is left out. */
export function createReloadRounds(parts: ReloadRoundsParts): ReloadRounds {
  const { ids, boot, inbox, keys, topics, sender, bus, rejections, observer, programs } = parts;
  const asked = new Map<string, Asked>();

  /** The question goes to every partition of the first station, so that it comes to every partition of every station. */
  async function send(id: string): Promise<number> {
    const count = await bus.partitionsOf(topics['rate-limit']);
    const mac = sign(keys.gateway, ['reload', id, boot, `${inbox}`]);
    const attempts = Array.from({ length: count }, (_, attempt) => attempt);
    const route = { topic: topics['rate-limit'], name: id };
    const value = (attempt: number): Buffer => encode({ kind: 'reload', attempt, id, boot, inbox, mac });
    await Promise.all(attempts.map((attempt) => sender.send({ route: { ...route, attempt }, value: value(attempt) })));
    return count;
  }

  async function ask(): Promise<ReloadRound> {
    const id = ids.random(16);
    const reports = new Map<string, ReloadReport>();
    const silent = (count: number): readonly string[] =>
      programs.filter((program) => heardFor(program, reports).size < count);
    try {
      const done = Promise.withResolvers<null>();
      let count = Number.POSITIVE_INFINITY;
      asked.set(id, { reports, look: () => silent(count).length === 0 && done.resolve(null) });
      count = await send(id);
      asked.get(id)?.look();
      await within(done.promise, timeoutMs);
      return { reports: [...reports.values()], silent: silent(count) };
    } catch {
      return { reports: [], silent: programs };
    } finally {
      asked.delete(id);
    }
  }

  return {
    ask,
    reported({ id, boot: whose, body, mac }) {
      const report = isSigned(keys.release, ['reported', id, whose, body], mac) ? readReport(body) : null;
      if (report === null) return rejections.note({ station: 'audit', reason: 'report_forged', call: null });
      if (whose !== boot) return void setAside(observer, 'message_foreign', `a report for ${whose}`);
      const one = asked.get(id);
      one?.reports.set(report.instance, report);
      one?.look();
    },
  };
}

/** Partitions that instances of a program spoke for. */
function heardFor(program: string, reports: ReadonlyMap<string, ReloadReport>): ReadonlySet<number> {
  return new Set([...reports.values()].flatMap((one) => (one.program === program ? one.partitions : [])));
}

/** Reads the text of a report that anybody may have written; null for what is none. */
export function readReport(text: string): ReloadReport | null {
  return read(reloadReportSchema, text);
}
