import { BoundedMap } from '@sallyport/base';
import kafkajs, { type Kafka, type logCreator } from 'kafkajs';
import type { BusLog, KafkaOptions } from '../kafka-options.ts';
import { TIMES } from '../kafka-options.ts';
import { guardIdleQueue } from './idle-guard.ts';
import type { Sockets } from './sockets.ts';

/** Named in full: the library's own defaults differ when NODE_ENV is `test`. */
const PACE = { initialRetryTime: 50, maxRetryTime: 1_000, factor: 0.2, multiplier: 2 };

/** A consumer rides over a broker's restart by itself, and is begun again by us when it gives up. */
export const LONG_RETRY = { ...PACE, retries: 30, restartOnFailure: async () => false };

/** Somebody waits for a send or a question: about 1.5 s of attempts. */
export const SHORT_RETRY = { ...PACE, retries: 5 };

export interface ClientParts {
  readonly sockets: Sockets;
  /** Milliseconds after which a request without an answer has failed. */
  readonly requestTimeout: number;
}

/** The library with what this client wants of it. */
export function kafkajsClient(
  { brokers, clientId, sasl, tls = false, log }: KafkaOptions,
  { sockets, requestTimeout }: ClientParts,
): Kafka {
  guardIdleQueue();
  return new kafkajs.Kafka({
    clientId,
    brokers: [...brokers],
    ssl: tls,
    ...(sasl === undefined ? {} : { sasl: { ...sasl } }),
    socketFactory: sockets.make,
    connectionTimeout: TIMES.connect,
    requestTimeout,
    enforceRequestTimeout: true,
    logLevel: log ? kafkajs.logLevel.WARN : kafkajs.logLevel.NOTHING,
    ...(log ? { logCreator: logInto(log) } : {}),
  });
}

/** The same words again within this long are left out. */
const QUIET_MS = 10_000;
const MOST_SAID = 100;

/**
 * The library says ERROR of normal things (a coordinator that is not ready yet), so nothing of it is more than a
 * warning. Its connections report every answer that is an error; the caller reports it too, if it matters.
 */
function logInto(log: BusLog): logCreator {
  const said = new BoundedMap<string, number>(MOST_SAID);
  return () =>
    ({ namespace, log: { message, error } }) => {
      if (namespace === 'Connection') return;
      // While a broker is away the library says so several times a second.
      const now = performance.now();
      if (now - (said.get(message) ?? Number.NEGATIVE_INFINITY) < QUIET_MS) return;
      said.set(message, now);
      log('warn', `kafkajs: ${message}`, { part: namespace, ...(error === undefined ? {} : { error: String(error) }) });
    };
}
