import { callActions, type CatalogTool, type Digest, type Finding, type Policies } from '@sallyport/contracts';
import { canonical, sha256, thrownText } from '@sallyport/base';

import { authorize, type Authorizer } from './authorize.ts';
import { cedar } from './cedar.ts';
import { cedarEngine } from './cedar-engine.ts';
import { checkConfirmations } from './check-confirmations.ts';
import { checkRules } from './check-rules.ts';
import { checkQuestions } from './check-questions.ts';
import { checkValues } from './check-values.ts';
import { closureEngine, type CrossCheck } from './closure/closure-engine.ts';
import { mayAsk, requestSlices } from './client-requests.ts';
import { mcpFields } from './mcp-shape.ts';
import { configurationProblem, type PolicyFile } from './policy-text.ts';
import type { PolicyProblem } from './problem.ts';
import { readRules, type Rule } from './rule.ts';
import { cutSlice, type Slice } from './slice.ts';
import { resourceFields, shapeOf } from './tool-shape.ts';
import { seenAs, visible } from './visible.ts';

export interface PolicySource {
  readonly files: readonly PolicyFile[];
  /** The whole catalogue. Tools without an approved definition count as not known yet. */
  readonly tools: readonly CatalogTool[];
  /** `<upstream>/<tool>` of tools that the configuration names and that are not in the catalogue yet. */
  readonly unknownActions?: readonly string[];
  /** Groups that only such tools are in. */
  readonly unknownGroups?: readonly string[];
  /** Types of objects that only such tools name. */
  readonly unknownTypes?: readonly string[];
  /** Upstreams that have not said what they offer: policies about their tools are no mistake. */
  readonly silentUpstreams?: readonly string[];
  /**
   * `closures` (default): the policies compiled to functions, some ten times faster than Cedar, which they ask where they are
   * unsure. `cedar` judges every call by Cedar itself.
   */
  readonly engine?: 'cedar' | 'closures';
  /** Where closures judge: Cedar re-checks one evaluation in `sampleEvery`. After a mismatch it judges all. */
  readonly crossCheck?: CrossCheck;
}

export type CompiledPolicies =
  | {
      readonly ok: true;
      readonly policies: Policies;
      readonly warnings: readonly PolicyProblem[];
      /** What protects less than its author may believe. */
      readonly findings: readonly Finding[];
    }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[]; readonly warnings: readonly PolicyProblem[] };

/** Parses, checks and compiles a policy set. Bad input of any kind is in `problems`; it never throws. */
export function compilePolicies(source: PolicySource): CompiledPolicies {
  try {
    return compile(source);
  } catch (cause) {
    const message = thrownText(cause);
    return { ok: false, problems: [configurationProblem(`policies can't be compiled: ${message}`)], warnings: [] };
  }
}

function compile(source: PolicySource): CompiledPolicies {
  const { files, tools, unknownActions = [], unknownGroups = [], unknownTypes = [], silentUpstreams = [] } = source;
  const ordered = files.toSorted((a, b) => (a.path < b.path ? -1 : Number(a.path > b.path)));
  const { rules, problems } = readRules(ordered);
  if (problems.length > 0) return { ok: false, problems, warnings: [] };
  const findings = checkRules(rules, { tools, unknownActions, unknownGroups, unknownTypes, silentUpstreams });
  const questions = checkQuestions(rules, tools);
  const warnings = [...findings.warnings, ...checkValues(rules, tools)];
  const found = [...findings.problems, ...questions.problems];
  if (found.length > 0) return { ok: false, problems: found, warnings };
  const weak = [...checkConfirmations(rules, tools), ...questions.findings];
  return { ok: true, policies: policiesOf(source, rules), warnings, findings: weak };
}

/** The name of a policy set: a digest over its texts, in whatever order its files come. */
export function policyDigest(files: readonly PolicyFile[]): Digest {
  return sha256(policyText(files));
}

/** All texts of a policy set as one: a JSON array of them, sorted. */
export function policyText(files: readonly Pick<PolicyFile, 'text'>[]): string {
  return canonical(files.map(({ text }) => text).toSorted());
}

const engineName = `cedar ${cedar.getCedarVersion()}`;

function policiesOf(source: PolicySource, rules: readonly Rule[]): Policies {
  const { files, tools, crossCheck } = source;
  const sliceOf = slicer(rules, tools);
  const engine = source.engine === 'cedar' ? cedarEngine : closureEngine(cedarEngine, crossCheck);
  const ofRequests = requestSlices(rules);
  const candidates = new WeakMap<CatalogTool, Slice[]>();
  function slicesOf(tool: CatalogTool): Slice[] {
    const cut = candidates.get(tool) ?? seenAs(tool).map(([action, type]) => sliceOf({ tool, action }, type));
    candidates.set(tool, cut);
    return cut;
  }
  tools.forEach(slicesOf);
  return {
    digest: policyDigest(files),
    engine: engineName,
    authorize: (request) => authorize({ engine, sliceOf }, request),
    mayAsk: (asked) => mayAsk(engine, ofRequests, asked),
    visible: (subject, tool, object) => visible(slicesOf(tool), { subject, tool, object }).visibility,
    explain: (subject, tool, object) => visible(slicesOf(tool), { subject, tool, object }),
  };
}

/** Cuts are kept per tool object: a catalogue makes a new one when a definition or its configuration changes. */
function slicer(rules: readonly Rule[], tools: readonly CatalogTool[]): Authorizer['sliceOf'] {
  const fields = resourceFields(tools);
  const cuts = new Map(callActions.map((action) => [action, new WeakMap<CatalogTool, Map<string, Slice>>()]));
  return function sliceOf({ tool, action }, resourceType) {
    const ofTool = cuts.get(action)?.get(tool) ?? new Map<string, Slice>();
    cuts.get(action)?.set(tool, ofTool);
    const known = ofTool.get(resourceType);
    if (known) return known;
    const declared = mcpFields(resourceType) ?? fields.get(resourceType);
    const attributes = declared ?? resourceFields([tool, ...tools]).get(resourceType);
    const slice = cutSlice(rules, shapeOf(tool, action), resourceType, attributes ?? new Map());
    ofTool.set(resourceType, slice);
    return slice;
  };
}
