import type { JsonObject, Target } from '@sallyport/contracts';
import { findParamHeaders, type ParamHeader, paramHeaders } from '@sallyport/mcp';
import type { UpstreamLog } from '../bounded-log.ts';

/** For each tool, the arguments that are mirrored into headers, as the upstream's own list of tools says. */
export class ToolMirrors {
  readonly #log: UpstreamLog;
  #mirrored: ReadonlyMap<string, readonly ParamHeader[]> | null = null;

  constructor(log: UpstreamLog) {
    this.#log = log;
  }

  /** Whether it is known what is mirrored of a call: of tools once a list was seen, and nothing of what is no tool. */
  knows({ kind }: Target): boolean {
    return kind !== 'tool' || this.#mirrored !== null;
  }

  /**
   * Learns from a whole list, and answers it without the tools whose marks are invalid: clients must leave those out
   * (2026-07-28, Streamable HTTP, schema extension).
   */
  learn(tools: readonly JsonObject[]): JsonObject[] {
    const mirrored = new Map<string, readonly ParamHeader[]>();
    const valid = tools.filter((tool) => {
      const found = findParamHeaders(tool['inputSchema']);
      if (found.ok && found.headers.length > 0) mirrored.set(String(tool['name']), found.headers);
      if (!found.ok) this.#log('warn', `tool left out: ${found.reason}`, { tool: String(tool['name']).slice(0, 128) });
      return found.ok;
    });
    this.#mirrored = mirrored;
    return valid;
  }

  /** Adds the `Mcp-Param-*` headers of one call. */
  addTo(headers: Record<string, string>, { kind, name }: Target, args: JsonObject): Record<string, string> {
    const declared = kind === 'tool' ? this.#mirrored?.get(name) : undefined;
    return declared === undefined ? headers : Object.assign(headers, paramHeaders(declared, args));
  }
}
