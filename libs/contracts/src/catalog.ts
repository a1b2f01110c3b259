import type { Digest, Target, TargetKind } from './call.ts';
import type { ResourceRule } from './config/resources.config.ts';
import type { ErrorTreatment, ToolEffect, ValueRule } from './config/upstreams.config.ts';
import type { JsonObject, JsonValue } from './json.ts';

/**
 * Where a tool stands: `approved` may be listed and called; `unapproved` was never accepted; `drifted` differs from the
 * approved copy and is quarantined; `withdrawn` was approved and is no longer offered by the upstream; `unusable` is approved, and
 * the configuration speaks of something that its schema does not have; `starting`: what its upstream offers now was not heard
 * yet, or is not on record yet.
 */
export type ToolState = 'approved' | 'unapproved' | 'drifted' | 'withdrawn' | 'unusable' | 'starting';

/** What a definition is of: texts that models read. `instructions` is the one text that a server says of itself. */
export const definitionKinds = ['tool', 'prompt', 'template', 'instructions'] as const;
export type DefinitionKind = (typeof definitionKinds)[number];

/** One argument or result member that breaks its schema. The message never quotes the value. */
export interface SchemaError {
  /** JSON pointer (RFC 6901). */
  readonly pointer: string;
  /** For example `must be string`. */
  readonly message: string;
}

/** Arguments as they are judged and sent. */
export interface FittedArguments {
  readonly arguments: JsonObject;
  /** How many members of what the client sent are not in them. */
  readonly leftOut: number;
}

/** Which variables of a URI template name objects. */
export interface DeclaredTemplate {
  readonly template: string;
  readonly resources: readonly ResourceRule[];
}

/** What a call may be of, as Sallyport knows it: a tool, or a prompt, resource or template, in the terms of tools. */
export interface CatalogTool {
  readonly kind: TargetKind;
  readonly upstream: string;
  readonly name: string;
  /** `<upstream>__<name>`: what clients of `/mcp` see. */
  readonly qualified: string;
  readonly state: ToolState;
  /** The approved copy, served to clients whatever the upstream says today; null while unapproved. */
  readonly definition: JsonObject | null;
  /** Digest of the approved copy. */
  readonly digest: Digest | null;
  /** What the upstream offers now; null where it offers it no more. */
  readonly offered: JsonObject | null;
  readonly effect: ToolEffect;
  /** Whether it may delete or overwrite something: what changes anything does, unless its approved copy says `destructiveHint: false`. */
  readonly destructive: boolean;
  /** Action groups that policies may name. */
  readonly groups: readonly string[];
  readonly resources: readonly ResourceRule[];
  /** Of the entry that stands for resources: what is declared of those whose URI is of a template. Absent where nothing is. */
  readonly templates?: readonly DeclaredTemplate[];
  /** Which arguments must be paths or URIs in normal form: declared, and detected where the configuration wants that. */
  readonly values: readonly ValueRule[];
  /** Arguments that look like paths or URIs and are not in `values`. */
  readonly undeclared: readonly ValueRule[];
  /**
   * What of a failure's text is passed on: none of it (`mask`), all but the inside of programs and places (`filter`), or places too
   * (`pass`).
   */
  readonly errors: ErrorTreatment;
  /** What the arguments of a call may have (bytes of their canonical form), where the tool or its upstream has a limit of its own. */
  readonly maxArgumentBytes?: number;
  /** What blobs of a result may have, where the tool has a limit of its own (bytes of base64). */
  readonly maxBlobBytes?: number;
  /** Leaves out a null where the schema takes none, and what it does not name where the upstream has `arguments: drop_unknown`. */
  fit(args: JsonObject): FittedArguments;
  /** Checks arguments against the approved input schema and the operator's overlay; empty when they hold. */
  checkInput(args: JsonObject): readonly SchemaError[];
  /**
   * Keeps only what the approved output schema names, and checks it. Null where the tool has no output schema.
   * `value` is a copy without unnamed members, `dropped` counts them.
   */
  readonly checkOutput:
    ((value: JsonValue) => { value: JsonValue; dropped: number; errors: readonly SchemaError[] }) | null;
}

/** What the upstreams offer, as far as it is configured. Lookups are by map, never by scan. */
export interface Catalog {
  /** Any URI of an upstream that offers resources is found, as the one entry that stands for all of them. */
  find(upstream: string, target: Target): CatalogTool | undefined;
  all(): readonly CatalogTool[];
  /** Changes whenever `all()` would answer differently: a key for caches. */
  readonly version: number;
}

/** What a tool may be for a subject: `never` is hidden, `confirm` means that every call needs a person. */
export type Visibility = 'never' | 'maybe' | 'confirm';

/** A visibility, and the policies that it comes from: `never` without any means that none permits it. */
export interface ExplainedVisibility {
  readonly visibility: Visibility;
  readonly rules: readonly string[];
}
