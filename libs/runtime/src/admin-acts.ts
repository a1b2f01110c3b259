import { type Journal, type Observer, personName } from '@sallyport/contracts';
import { recordFact } from '@sallyport/journal';
import {
  type AppendBudget,
  type Attempts,
  type Counted,
  createCounting,
  type Flushed,
  type RecordParts,
  subjectOf,
  VARIOUS,
} from '@sallyport/pipeline';
import type { AdminAct } from '@sallyport/endpoint-admin';

export interface AdminActsParts extends Pick<RecordParts, 'clock' | 'ids' | 'directory'> {
  readonly journal: Journal;
  readonly observer: Pick<Observer, 'incident'>;
  /** A refused act is an attempt, as a refused call is. */
  readonly attempts: Pick<Attempts, 'take'>;
  /** Which refusals are recorded one by one. */
  readonly budget: AppendBudget;
  /** The tenant of what concerns no tenant. */
  readonly systemTenant: string;
}

/** Records what people do through the admin API, and what they were refused. */
export interface AdminActs extends Flushed {
  /** Resolves when durable; a refused act beyond its subject's budget is only counted. @throws JournalUnavailable */
  record(act: AdminAct): Promise<void>;
}

/** A path is the caller's own text, and one that is refused is recorded, too. */
const MOST_TARGET = 256;

/** Builds the recorder; `flush` is the caller's to schedule. */
export function createAdminActs(parts: AdminActsParts): AdminActs {
  const { attempts, budget, ids, systemTenant } = parts;
  const { add, flush, close } = createCounting<AdminAct>({
    ...parts,
    write: (counted, id) => write(parts, counted, id),
    various,
  });

  return {
    async record(act) {
      const { by, refused } = act;
      if (refused === null || (attempts.take(by, 0) === 0 && budget(by)))
        return write(parts, { kind: act, count: 1 }, ids.ulid());
      add(`${act.tenant ?? systemTenant} ${subjectOf(by)}`, `${act.act} ${refused}`, { kind: act });
    },
    flush,
    close,
  };
}

function various(act: AdminAct): AdminAct {
  return { ...act, act: VARIOUS, target: VARIOUS, refused: VARIOUS };
}

async function write(
  parts: AdminActsParts,
  { kind, count }: Pick<Counted<AdminAct>, 'kind' | 'count'>,
  id: string,
): Promise<void> {
  const { by, act, target, refused } = kind;
  const tenant = kind.tenant ?? parts.systemTenant;
  const ref = await parts.directory.refOf(tenant, 'sub', personName(by.subject));
  await recordFact(parts, {
    id,
    type: 'admin.acted',
    source: '/admin',
    data: {
      tenant,
      actor: { ref, issuer: by.subject.issuer },
      act,
      target: count > 1 ? VARIOUS : shortened(target),
      allowed: refused === null,
      ...(refused === null ? {} : { reason: refused }),
      ...(count > 1 ? { count } : {}),
    },
  });
}

function shortened(target: string): string {
  return target.length > MOST_TARGET ? `${target.slice(0, MOST_TARGET)}…` : target;
}
