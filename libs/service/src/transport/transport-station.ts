import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { TRANSPORT_END, type TransportEnd } from './transport-end.ts';

/** Ends a station so that no call is lost: its partitions go to the other instances, then what it took is finished. */
@Injectable()
export class TransportStation implements BeforeApplicationShutdown {
  readonly #end: TransportEnd;

  constructor(@Inject(TRANSPORT_END) end: object) {
    this.#end = end as TransportEnd;
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.#end.stop();
  }
}
