import type { JsonObject, Outcome } from '@sallyport/contracts';
import type { Era } from '@sallyport/mcp';
import { type Greeting, readGreeting } from '../wire/initialize.ts';
import { LIST_TIMEOUT_MS } from '../wire/list-pages.ts';
import { requestText } from '../wire/requests.ts';
import { type Endpoint, modernHeaders } from './endpoint.ts';
import type { Reply } from './exchange.ts';
import { discovered } from './upstream-era.ts';

export interface ModernLegOptions {
  readonly endpoint: Endpoint;
  /** The `_meta` of requests that no client waits for. */
  readonly meta: JsonObject;
  nextId(): number;
  outcome(reply: Reply, id: number): Outcome;
  /** Told what the server says of itself. */
  greeted(greeting: Greeting): void;
}

const DISCOVER_TIMEOUT_MS = 5_000;

/** What we ask of a 2026-07-28 server for ourselves, over one endpoint. */
export class ModernLeg {
  readonly #options: ModernLegOptions;

  constructor(options: ModernLegOptions) {
    this.#options = options;
  }

  /** `server/discover`, and what its answer says; throws `UpstreamUnavailable` where that is nothing. */
  async discover(): Promise<{ readonly reply: Reply; readonly found: Era }> {
    const { endpoint, meta, nextId } = this.#options;
    const id = nextId();
    const discover = {
      headers: modernHeaders('server/discover'),
      body: requestText(id, 'server/discover', { _meta: meta }),
      time: DISCOVER_TIMEOUT_MS,
    };
    const first = await endpoint.greet(discover);
    const reply = endpoint.follow(first) ? await endpoint.greet(discover) : first;
    const { era: found, said } = discovered(reply, id);
    if (found === 'modern') this.#options.greeted(readGreeting(said));
    return { reply, found };
  }

  /** One page of a list. */
  async list(method: string, params: JsonObject): Promise<Outcome> {
    const { endpoint, meta, nextId, outcome } = this.#options;
    const id = nextId();
    const body = requestText(id, method, { ...params, _meta: meta });
    return outcome(
      await endpoint.send({ headers: modernHeaders(method), body, time: LIST_TIMEOUT_MS, repeatable: true }),
      id,
    );
  }
}
