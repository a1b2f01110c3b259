import { commandKey, type Known, type Plan } from './plan.ts';
import { Recent } from './recent.ts';

/** Ten to twenty thousand streams and commands are known without asking. */
const GENERATION = 10_000;

/** What one sequencer remembers of its own last commits. Another one that writes makes it wrong, and the fence tells. */
export class Knowledge implements Known {
  readonly sizes = new Map<string, number>();
  readonly versions = new Recent<number>(GENERATION);
  /** What was committed under an id stays so, no matter who else writes. */
  readonly commands = new Recent<{ readonly first: number; readonly count: number }>(GENERATION);
  readonly certain = false;

  /** Takes in what was committed, and how the logs stood before, if they were looked at. */
  learn({ commits, versions }: Plan, before?: { readonly sizes: ReadonlyMap<string, number> }): void {
    for (const [tenant, size] of before?.sizes ?? []) this.sizes.set(tenant, size);
    for (const { request, first } of commits) {
      const { tenant, commandId, count } = request;
      this.sizes.set(tenant, first + count - 1);
      this.commands.set(commandKey(tenant, commandId), { first, count });
    }
    for (const [key, version] of versions) this.versions.set(key, version);
  }

  /** Believes nothing any more of these tenants, nor of any stream. */
  forget(tenants: Iterable<string>): void {
    for (const tenant of tenants) this.sizes.delete(tenant);
    this.versions.clear();
  }
}
