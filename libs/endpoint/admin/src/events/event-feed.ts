import { createPlaces, createWakeSignal } from '@sallyport/base';
import { HttpException, Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { ADMIN_PORTS, type AdminPorts } from '../admin-ports.ts';
import type { Caller } from '../auth/caller.ts';
import { EventReader } from './event-reader.ts';
import { type FeedCursor, printCursor } from './feed-cursor.ts';

/** Where a feed is written: resolves when the follower can take more, false when it is gone. */
export interface FeedSink {
  write(text: string): Promise<boolean>;
  readonly signal: AbortSignal;
}

export interface FeedRequest {
  readonly caller: Caller;
  /** True for all tenants there are and will be. */
  readonly everyTenant: boolean;
  readonly deny: boolean;
  /** Null begins at the end of each log. */
  readonly from: FeedCursor | null;
}

/** What a follower has, and what there may be for it. */
interface Pass {
  readonly deny: boolean;
  /** How long logs are that may be longer than the cursor says. */
  readonly grown: Map<string, number>;
  readonly cursor: Map<string, number>;
  readonly write: FeedSink['write'];
}

const PAGE = 200;
const HEARTBEAT_MS = 15_000;
/** Commits wake followers, so nobody may have any number of them. */
const MAX_EACH = 16;

/** Follows logs and writes them as server-sent events, at the follower's pace, until it or Sallyport goes. */
@Injectable()
export class EventFeed implements OnModuleDestroy {
  readonly #ports: AdminPorts;
  readonly #reader: EventReader;
  readonly #closing = new AbortController();
  readonly #places = createPlaces(MAX_EACH);

  constructor(@Inject(ADMIN_PORTS) ports: AdminPorts, @Inject(EventReader) reader: EventReader) {
    this.#ports = ports;
    this.#reader = reader;
  }

  onModuleDestroy(): void {
    this.#closing.abort();
  }

  /**
   * Counts a follower of somebody's.
   *
   * @returns what to call when it is gone
   * @throws HttpException 429 where they have too many
   */
  enter({ kind, principal: { tenant, subject } }: Caller): () => void {
    const leave = this.#places.take(JSON.stringify([kind, tenant, subject.issuer, subject.id]));
    if (leave !== null) return leave;
    const message = `You follow the log ${MAX_EACH} times already. End one of these streams first.`;
    throw new HttpException({ error: 'too_many_requests', message }, 429);
  }

  async follow(request: FeedRequest, { write, signal }: FeedSink): Promise<void> {
    const ends = AbortSignal.any([signal, this.#closing.signal]);
    const wake = createWakeSignal();
    ends.addEventListener('abort', wake.ring, { once: true });
    const grown = new Map<string, number>();
    const leave = this.#ports.subscribe((tenant, size) => {
      if (!request.everyTenant && !request.caller.tenants.includes(tenant)) return;
      // Commits may be told in another order than that of the log.
      grown.set(tenant, Math.max(size, grown.get(tenant) ?? 0));
      wake.ring();
    });
    try {
      const cursor = await this.#start(request, grown);
      // With data, so that who loses the connection before the first event knows where to go on.
      let open = await write(`retry: 1000\n${idLine(cursor)}event: following\ndata: {}\n\n`);
      while (open && !ends.aborted) {
        open = await this.#pass({ deny: request.deny, grown, cursor, write });
        if (open && grown.size === 0 && !(await wake.sleep(HEARTBEAT_MS))) open = await write(': still here\n\n');
      }
    } finally {
      leave();
    }
  }

  /** Where it begins in each log; `grown` is told of those that are longer. */
  async #start({ caller, everyTenant, from }: FeedRequest, grown: Map<string, number>): Promise<Map<string, number>> {
    const { sizes } = await this.#ports.tenants.sizes(null);
    const cursor = new Map<string, number>();
    for (const tenant of everyTenant ? sizes.keys() : caller.tenants) {
      const size = sizes.get(tenant) ?? 0;
      cursor.set(tenant, from === null ? size : (from.get(tenant) ?? 0));
      grown.set(tenant, Math.max(size, grown.get(tenant) ?? 0));
    }
    return cursor;
  }

  /** A page of each log that may have grown, those that were read to their end are taken out; false when the follower is gone. */
  async #pass({ deny, grown, cursor, write }: Pass): Promise<boolean> {
    for (const [tenant, size] of [...grown]) {
      grown.delete(tenant);
      const after = cursor.get(tenant) ?? 0;
      if (size <= after) continue;
      const page = await this.#reader.page(tenant, { after, limit: PAGE, deny });
      if (page.more && !grown.has(tenant)) grown.set(tenant, page.next + 1);
      for (const event of page.events) {
        cursor.set(tenant, Number(event['sequence']));
        const data = JSON.stringify({ tenant, event, names: namesOf(page.names, event) });
        if (!(await write(`${idLine(cursor)}data: ${data}\n\n`))) return false;
      }
      cursor.set(tenant, page.next);
    }
    return true;
  }
}

function idLine(cursor: FeedCursor): string {
  return cursor.size === 0 ? '' : `id: ${printCursor(cursor)}\n`;
}

/** Only the names that this one event mentions. */
function namesOf(names: Readonly<Record<string, string>>, event: object): Record<string, string> {
  const text = JSON.stringify(event);
  return Object.fromEntries(Object.entries(names).filter(([ref]) => text.includes(`"${ref}"`)));
}
