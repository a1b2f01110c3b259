import type { Known, Plan } from './plan.ts';

/** Streams whose version is known without asking; whoever was written longest ago is forgotten. */
const MAX_VERSIONS = 20_000;

/** What one sequencer remembers of its own last commits. Another one that writes makes it wrong, and the fence tells. */
export class Knowledge implements Known {
  readonly sizes = new Map<string, number>();
  readonly versions = new Map<string, number>();
  readonly commands: Known['commands'] = new Map();
  readonly certain = false;

  /** Takes in what was committed, and how the logs stood before, if they were looked at. */
  learn({ commits, versions }: Plan, before?: Known): void {
    for (const [tenant, size] of before?.sizes ?? []) this.sizes.set(tenant, size);
    for (const { request, events } of commits) {
      const last = events.at(-1);
      if (last) this.sizes.set(request.tenant, last.sequence);
    }
    for (const [key, version] of versions) this.#keep(key, version);
  }

  /** Believes nothing any more of these tenants, nor of any stream. */
  forget(tenants: Iterable<string>): void {
    for (const tenant of tenants) this.sizes.delete(tenant);
    this.versions.clear();
  }

  #keep(key: string, version: number): void {
    this.versions.delete(key);
    this.versions.set(key, version);
    if (this.versions.size > MAX_VERSIONS) this.versions.delete(this.versions.keys().next().value ?? '');
  }
}
