/** What a station holds of the corridor, as its program opens it. */
export interface CorridorEnd {
  /** True once a ping to itself came back through the broker. */
  ready(): boolean;
  /** Takes nothing more, and resolves when what is in hand was passed on. */
  stop(): Promise<void>;
}

/** Injection token of the `CorridorEnd`. */
export const CORRIDOR_END = Symbol('sallyport.corridor.end');
