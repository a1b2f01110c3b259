import { Inject, Injectable } from '@nestjs/common';
import type { Journal, JsonObject, StoredEvent } from '@sallyport/contracts';
import { ADMIN_PORTS, type AdminPorts } from '../admin-ports.ts';
import { cloudEventOf, isRefusal, namesIn } from './cloud-event.ts';

export interface EventPage {
  readonly tenant: string;
  readonly events: readonly JsonObject[];
  /** Names of the people and clients that the events mention by pseudonym. */
  readonly names: Readonly<Record<string, string>>;
  /** Ask for what comes after this. */
  readonly next: number;
  /** False when the log ended here. */
  readonly more: boolean;
}

export interface PageRequest {
  readonly after: number;
  readonly limit: number;
  readonly deny: boolean;
}

/** Events read through for one page, however few of them are shown. */
const MAX_SCAN = 10_000;
const CHUNK = 500;

/** Reads a tenant's log in pages. */
@Injectable()
export class EventReader {
  readonly #ports: AdminPorts;

  constructor(@Inject(ADMIN_PORTS) ports: AdminPorts) {
    this.#ports = ports;
  }

  async page(tenant: string, { after, limit, deny }: PageRequest): Promise<EventPage> {
    const { journal, directory } = this.#ports;
    const found: StoredEvent[] = [];
    let next = after;
    let more = true;
    while (more && found.length < limit && next - after < MAX_SCAN) {
      const size = deny ? CHUNK : Math.min(CHUNK, limit - found.length);
      const chunk = await journal.readAll(tenant, { after: next, limit: size });
      more = chunk.length === size;
      const wanted = (deny ? chunk.filter(isRefusal) : chunk).slice(0, limit - found.length);
      found.push(...wanted);
      const cut = found.length === limit ? wanted.at(-1) : chunk.at(-1);
      next = cut?.sequence ?? next;
    }
    const events = found.map(cloudEventOf);
    return { tenant, events, names: await namesIn(directory, tenant, events), next, more };
  }

  head(tenant: string): Promise<number> {
    return headOf(this.#ports.journal, tenant);
  }
}

/** The sequence of a tenant's last event, 0 without one. Sequences have no gaps, so a search by halves finds it. */
export async function headOf(journal: Journal, tenant: string): Promise<number> {
  const holds = async (sequence: number): Promise<boolean> =>
    (await journal.readAll(tenant, { after: sequence - 1, limit: 1 })).length > 0;
  let high = 1;
  while (await holds(high)) high *= 2;
  let low = Math.floor(high / 2);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (await holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}
