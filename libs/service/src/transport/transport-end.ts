/** What a station holds of the transport, as its program opens it. */
export interface TransportEnd {
  /** True once a ping to itself came back through the broker. */
  ready(): boolean;
  /** Takes nothing more, and resolves when what is in hand was passed on. */
  stop(): Promise<void>;
}

/** Injection token of the `TransportEnd`. */
export const TRANSPORT_END = Symbol('sallyport.transport.end');
