import { type Switches, type SwitchTarget, targetText } from '@sallyport/contracts';

/** A switch that is thrown. */
export interface ThrownSwitch extends SwitchTarget {
  /** A snake_case code. */
  readonly reason: string | null;
  /** RFC 3339. */
  readonly since: string;
}

export interface SwitchRegister extends Switches {
  readonly all: () => readonly ThrownSwitch[];
  get(target: SwitchTarget): ThrownSwitch | undefined;
  throw(thrown: ThrownSwitch): void;
  clear(target: SwitchTarget): void;
}

type Whose = string | null;
type ByName = Map<string, Map<Whose, ThrownSwitch>>;

/** What is switched off, by kind, name and whose calls it is about; asked at every call. */
export function createSwitchRegister(): SwitchRegister {
  const kinds: Readonly<Record<SwitchTarget['what'], ByName>> = {
    tenant: new Map(),
    tool: new Map(),
    agent: new Map(),
  };
  let thrown = 0;

  function stopsTool(upstream: string, tool: string, tenant: string): ThrownSwitch | null {
    const { tool: tools } = kinds;
    if (tools.size === 0) return null;
    return about(tools, `${upstream}/${tool}`, tenant) ?? about(tools, `${upstream}/*`, tenant);
  }

  return {
    stopping({ tenant, upstream, target, agent }) {
      if (thrown === 0) return null;
      return (
        about(kinds.tenant, tenant, null) ??
        stopsTool(upstream, targetText(target), tenant) ??
        // A name that the client gave itself counts too: who says to be what was switched off is taken at its word.
        about(kinds.agent, agent.id, tenant)
      );
    },
    all: () => Object.values(kinds).flatMap((names) => [...names.values()].flatMap((whose) => [...whose.values()])),
    get: ({ what, name, of }) => kinds[what].get(name)?.get(of),
    throw(one) {
      const names = kinds[one.what];
      const whose = names.get(one.name) ?? new Map<Whose, ThrownSwitch>();
      if (!whose.has(one.of)) thrown += 1;
      names.set(one.name, whose.set(one.of, one));
    },
    clear({ what, name, of }) {
      const whose = kinds[what].get(name);
      if (whose?.delete(of) !== true) return;
      thrown -= 1;
      if (whose.size === 0) kinds[what].delete(name);
    },
  };
}

/** A switch of that name, for everybody's calls or for the tenant's. */
function about(names: ByName, name: string, tenant: Whose): ThrownSwitch | null {
  const whose = names.get(name);
  return whose?.get(null) ?? whose?.get(tenant) ?? null;
}
