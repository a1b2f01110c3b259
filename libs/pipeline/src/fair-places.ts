/** On whose behalf a place is taken. */
export interface PlaceOwner {
  readonly tenant: string;
  /** Unique within all tenants. */
  readonly subject: string;
}

export interface FairPlacesOptions {
  /** Places in all. */
  readonly total: number;
  /** Places that one tenant may hold at a time. */
  readonly perTenant: number;
  /** Places that one subject may hold at a time; more are lent to it while a quarter stays free. */
  readonly perSubject: number;
}

export interface FairPlaces {
  /**
   * Takes a place, waiting for one at most `waitMs` milliseconds.
   *
   * @returns gives the place back; null when none came in time
   */
  take(owner: PlaceOwner, waitMs: number): Promise<(() => void) | null>;
  /** Places that are taken. */
  readonly taken: number;
  /** How many wait for one. */
  readonly waiting: number;
}

interface Waiting {
  readonly owner: PlaceOwner;
  enter(leave: () => void): void;
}

/**
 * A fixed number of places. No tenant holds more than its share. A subject holds more than its own only while a quarter
 * stays free, of all places and of its tenant's: a subject that is alone is not slowed, and nobody can take all. A
 * place that is free goes to the one who waits and whose tenant, then whose subject, holds the fewest: a subject that has
 * many waiting delays only itself.
 */
export function createFairPlaces({ total, perTenant, perSubject }: FairPlacesOptions): FairPlaces {
  const ofTenants = new Map<string, number>();
  const ofSubjects = new Map<string, number>();
  const waiting = new Set<Waiting>();
  let taken = 0;

  const held = ({ tenant, subject }: PlaceOwner): readonly [number, number] => [
    ofTenants.get(tenant) ?? 0,
    ofSubjects.get(subject) ?? 0,
  ];
  const mayEnter = (owner: PlaceOwner): boolean => {
    const [byTenant, bySubject] = held(owner);
    if (taken >= total || byTenant >= perTenant) return false;
    return bySubject < perSubject || (taken < lent(total) && byTenant < lent(perTenant));
  };

  function enter(owner: PlaceOwner): () => void {
    taken += 1;
    add(ofTenants, owner.tenant, 1);
    add(ofSubjects, owner.subject, 1);
    return function leave() {
      taken -= 1;
      add(ofTenants, owner.tenant, -1);
      add(ofSubjects, owner.subject, -1);
      admitNext();
    };
  }

  function admitNext(): void {
    const next = [...waiting].filter(({ owner }) => mayEnter(owner)).reduce<Waiting | null>(fewer, null);
    if (next === null) return;
    waiting.delete(next);
    next.enter(enter(next.owner));
    admitNext();
  }

  function fewer(best: Waiting | null, one: Waiting): Waiting {
    if (best === null) return one;
    const [tenantOfBest, subjectOfBest] = held(best.owner);
    const [tenantOfOne, subjectOfOne] = held(one.owner);
    const less = tenantOfOne === tenantOfBest ? subjectOfOne < subjectOfBest : tenantOfOne < tenantOfBest;
    return less ? one : best;
  }

  return {
    take: (owner, waitMs) => (mayEnter(owner) ? Promise.resolve(enter(owner)) : inLine(waiting, owner, waitMs)),
    get taken() {
      return taken;
    },
    get waiting() {
      return waiting.size;
    },
  };
}

/** Waits in line, at most `waitMs` milliseconds. */
function inLine(waiting: Set<Waiting>, owner: PlaceOwner, waitMs: number): Promise<(() => void) | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      waiting.delete(one);
      resolve(null);
    }, waitMs).unref();
    const one: Waiting = {
      owner,
      enter(leave) {
        clearTimeout(timer);
        resolve(leave);
      },
    };
    waiting.add(one);
  });
}

/** How many of `places` may be taken when one is lent. */
function lent(places: number): number {
  return Math.floor((places * 3) / 4);
}

function add(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}
