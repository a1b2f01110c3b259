import { Inject, Injectable } from '@nestjs/common';
import type { JsonObject, StoredEvent } from '@sallyport/contracts';
import { readPages } from '@sallyport/journal';
import { ADMIN_PORTS, type AdminPorts } from '../admin-ports.ts';
import { cloudEventOf, isRefusal, namesIn } from './shown-event.ts';

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
    let more = false;
    const size = deny ? CHUNK : Math.min(CHUNK, limit);
    for await (const chunk of readPages(journal, tenant, { after, size })) {
      const wanted = (deny ? chunk.filter(isRefusal) : chunk).slice(0, limit - found.length);
      found.push(...wanted);
      const end = found.length === limit ? wanted.at(-1) : chunk.at(-1);
      next = end?.sequence ?? next;
      more = chunk.length === size || end !== chunk.at(-1);
      if (found.length === limit || next - after >= MAX_SCAN) break;
    }
    const events = found.map(cloudEventOf);
    return { tenant, events, names: await namesIn(directory, tenant, events), next, more };
  }
}
