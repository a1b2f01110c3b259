import type { Known, Plan } from './plan.ts';

/** Streams whose version is known without asking: those of the last ten to twenty thousand that were written. */
const GENERATION = 10_000;

/** What one sequencer remembers of its own last commits. Another one that writes makes it wrong, and the fence tells. */
export class Knowledge implements Known {
  readonly sizes = new Map<string, number>();
  readonly versions = { get: (key: string) => this.#young.get(key) ?? this.#old.get(key) };
  readonly commands: Known['commands'] = new Map();
  readonly certain = false;
  #young = new Map<string, number>();
  #old: ReadonlyMap<string, number> = new Map();

  /** Takes in what was committed, and how the logs stood before, if they were looked at. */
  learn({ commits, versions }: Plan, before?: { readonly sizes: ReadonlyMap<string, number> }): void {
    for (const [tenant, size] of before?.sizes ?? []) this.sizes.set(tenant, size);
    for (const { request, events } of commits) {
      const last = events.at(-1);
      if (last) this.sizes.set(request.tenant, last.sequence);
    }
    for (const [key, version] of versions) this.#young.set(key, version);
    if (this.#young.size > GENERATION) this.#startAnew(this.#young);
  }

  /** Believes nothing any more of these tenants, nor of any stream. */
  forget(tenants: Iterable<string>): void {
    for (const tenant of tenants) this.sizes.delete(tenant);
    this.#startAnew(new Map());
  }

  #startAnew(old: ReadonlyMap<string, number>): void {
    this.#old = old;
    this.#young = new Map();
  }
}
