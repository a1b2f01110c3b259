import type { CatalogTool } from './catalog.ts';
import type { Config } from './config/config.ts';
import type { JsonObject } from './json.ts';

/** What a sanitizer did; recorded with the outcome. Never holds what was removed. */
export interface Change {
  readonly sanitizer: string;
  /** For example `aws_access_key`, `bidi_control`, `unnamed_member`. */
  readonly kind: string;
  readonly count: number;
}

export interface SanitizeContext {
  /** The tool whose message this is; null for messages that belong to none. */
  readonly tool: CatalogTool | null;
  /**
   * `result` is the answer of a tool call, `prompt`, `resource` and `completion` are those of the other calls; `message` is any
   * notification or request of the upstream.
   */
  readonly what: 'result' | 'prompt' | 'resource' | 'completion' | 'message';
  /** Of a `resource`: the URI that was asked. */
  readonly uri?: string;
  /** The reference that the client may quote: the callId. */
  readonly reference: string;
  readonly upstream: string;
  /** Of the call: what its caller wrote is no secret to it. */
  readonly arguments?: JsonObject;
  /** Folders that the configuration of the upstream names, absolute. */
  readonly folders?: readonly string[];
}

export interface Sanitized {
  readonly value: JsonObject;
  readonly changes: readonly Change[];
}

/** Changes a server-to-client message. Returns the same `value` object when there is nothing to change. */
export type Sanitize = (value: JsonObject, context: SanitizeContext) => Sanitized;

/** The definition of a sanitizer: same shape as a guard, one folder each. */
export interface Sanitizer {
  readonly id: string;
  create(config: Config): Sanitize;
  /** Messages that must be changed; run at start and on reload. */
  probes(config: Config): readonly SanitizerProbe[];
}

export interface SanitizerProbe {
  readonly about: string;
  readonly value: JsonObject;
  readonly context: SanitizeContext;
  /** The kind of change that must be reported. */
  readonly expects: string;
  readonly hint: string;
}
