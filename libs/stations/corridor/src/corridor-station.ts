import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { CORRIDOR_END, type CorridorEnd } from './corridor-end.ts';

/** Ends a station so that no call is lost: its partitions go to the other instances, then what it took is finished. */
@Injectable()
export class CorridorStation implements BeforeApplicationShutdown {
  readonly #end: CorridorEnd;

  constructor(@Inject(CORRIDOR_END) end: object) {
    this.#end = end as CorridorEnd;
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.#end.stop();
  }
}
