import type { Observer } from '@sallyport/contracts';
import type { Logger } from '../logging/logger.ts';
import { createTracingObserver } from './tracing.observer.ts';

interface Sdk {
  start(): void;
  shutdown(): Promise<void>;
}

export interface TracingParts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  /** Loads a package by name; for tests. */
  readonly load?: (name: string) => Promise<unknown>;
}

export interface Tracing {
  readonly observer: Observer;
  /** Sends what is left, and stops. */
  shutdown(): Promise<void>;
}

const SDK = '@opentelemetry/sdk-node';

/**
 * Starts the OpenTelemetry SDK where `OTEL_EXPORTER_OTLP_ENDPOINT` is set and the SDK is installed beside us; the SDK
 * reads the other `OTEL_*` variables itself.
 *
 * @returns null when traces are not asked for or can't be had, which the log then says; never throws
 */
export async function startTracing({ env, logger, load = loadPackage }: TracingParts): Promise<Tracing | null> {
  const endpoint = env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];
  if (!endpoint || env['OTEL_SDK_DISABLED'] === 'true') return null;
  try {
    const sdk = sdkOf(await load(SDK), env['OTEL_SERVICE_NAME'] ?? 'sallyport');
    sdk.start();
    logger.info('traces enabled', { endpoint: hostOf(endpoint) });
    return { observer: createTracingObserver(), shutdown: () => sdk.shutdown() };
  } catch (error) {
    logger.warn(`traces could not be enabled: ${SDK} can't be loaded; install it with: npm install ${SDK}`, { error });
    return null;
  }
}

function loadPackage(name: string): Promise<unknown> {
  return import(name);
}

function sdkOf(loaded: unknown, serviceName: string): Sdk {
  const { NodeSDK } = loaded as { NodeSDK?: new (options: object) => Sdk };
  if (typeof NodeSDK !== 'function') throw new TypeError(`${SDK} has no NodeSDK.`);
  return new NodeSDK({ serviceName });
}

/** An endpoint may carry a credential in its URL. */
function hostOf(endpoint: string): string {
  return URL.canParse(endpoint) ? new URL(endpoint).host : 'set, but not a URL';
}
