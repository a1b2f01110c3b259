export type { JsonObject, JsonValue } from './json.ts';
export {
  isOperator,
  issuersFor,
  likenessName,
  operatorSubject,
  personName,
  agentName,
  principalId,
  proofAlgorithms,
  subjectIn,
} from './identity.ts';
export type { Agent, Identity, IdentityRefusal, Principal, ShownRequest, Subject, TenantRegister } from './identity.ts';
export { actionsOfKind, callActions, kindsOfAction, targetKinds, targetText, toolTarget } from './call.ts';
export type { Call, CallAction, Digest, GatewayRef, Target, TargetKind } from './call.ts';
export { type ResourceAbout, targetEntities, targetFact } from './target-fact.ts';
export type { ArgumentFacts, FactGatherer, Facts, NamedObject, ResourceFact } from './facts.ts';
export type {
  AllowVerdict,
  ApprovalUse,
  Decision,
  DenyVerdict,
  Effect,
  HoldVerdict,
  LimitStatus,
  PassVerdict,
  Requirement,
  Verdict,
} from './verdict.ts';
export { isEnforcedDeny, isEnforcedHold, mustAnswer, otherSettings } from './verdict.ts';
export type { DecisionService, Envelope, Release, WithheldArguments } from './envelope.ts';
export type {
  ApprovalPorts,
  ConfigProblem,
  DeclaredNumber,
  Finding,
  Guard,
  GuardPorts,
  NamesOwnFile,
  Judge,
  Opinion,
  Probe,
  Station,
} from './guard.ts';
export {
  changedKinds,
  clientMethod,
  isServerRequest,
  listings,
  methods,
  serverNotification,
  serverRequest,
} from './methods.ts';
export type { Listing, ServerRequestMethod } from './methods.ts';
export { hasView, ownUri, qualifiedUri, resultWithQualifiedUris, withQualifiedUris } from './qualified-uris.ts';
export { definitionKinds } from './catalog.ts';
export type {
  Catalog,
  CatalogTool,
  DeclaredTemplate,
  DefinitionKind,
  ExplainedVisibility,
  FittedArguments,
  SchemaError,
  ToolState,
  Visibility,
} from './catalog.ts';
export { type Depth, depths, type Measure, measures, type MeasureSpec } from './measures.ts';
export { incidents, type IncidentKind, type IncidentName, type Severity } from './incidents.ts';
export { BudgetsUnknown, CountersUnavailable, MOST_BUSY_MS, dryRun } from './ports.ts';
export type {
  AccessAnswer,
  AccessReason,
  AccessRequest,
  AskAnswer,
  AskedOfClient,
  Approvals,
  QuestionCounts,
  Clock,
  Counters,
  Ids,
  Keys,
  LimitCheck,
  Observer,
  Policies,
  PolicyStore,
  Quotas,
  Reservation,
  SpentBudget,
  SignIns,
  Switches,
  SwitchTarget,
  UsedIds,
} from './ports.ts';
export { isFreshNo } from './approval.ts';
export type { ApprovalNeed, ApprovalView, Vote } from './approval.ts';
export { CommitRefused, JournalUnavailable, KeyLost } from './journal.ts';
export type {
  Commit,
  Committed,
  Directory,
  Journal,
  NewEvent,
  ReadOptions,
  SealedRow,
  SealedTable,
  SealedValue,
  KeyWrap,
  Subjects,
  Spool,
  StoredEvent,
  LogSizes,
  TenantList,
  Texts,
  Vault,
  Write,
} from './journal.ts';
export { clientMetadata } from './connections.ts';
export type { Consent, ConsentRequest, ConnectionStore, SignInPlace, UpstreamSignIn } from './connections.ts';
export { UpstreamUnavailable } from './upstream.ts';
export type {
  Caller,
  ClientAnswer,
  ClientSession,
  InputGiven,
  InputRequired,
  Outcome,
  ResourceListener,
  SendOptions,
  SentCall,
  ServerMessage,
  Upstream,
  UpstreamFailure,
  UpstreamState,
  UpstreamUsage,
} from './upstream.ts';
export type { Change, SanitizeContext, Sanitize, Sanitized, Sanitizer, SanitizerProbe } from './sanitizer.ts';
export { type AskedRequest, readSuspendedCall, type SuspendedCall } from './suspended-call.ts';
export type { Answer, DecisionMeta, RefusedAsk } from './answer.ts';
export type { CallRequest, ClientContext, Gateway, OtherGateways, VoteAnswer, VoteRequest } from './gateway.ts';
export { BusUnavailable } from './bus.ts';
export type { Bus, BusHandler, BusMessage, BusRecord, Subscription, TopicSpec } from './bus.ts';
export type { Lease, Leases, RelayMarks } from './leases.ts';
export type { ClusterConfig, StationName } from './config/cluster.config.ts';
export { isTenantId, TENANT_ID, tenantId, tenantIdRule } from './tenant-id.ts';
export { type Proxies, proxiesOf } from './proxies.ts';
export { isPrivateAddress, isPrivateHost } from './private-address.ts';
export { configSchema, publicBase } from './config/config.ts';
export type { HttpConfig } from './config/http.config.ts';
export type { Config, ConfigInput } from './config/config.ts';
export type { ClientRequestsConfig } from './config/client-requests.config.ts';
export type { Resolver, ResourceRule } from './config/resources.config.ts';
export {
  exchangesTokens,
  hasOwnSignIn,
  hasTokenPerCaller,
  httpUrl,
  MOST_ARGUMENT_BYTES,
} from './config/upstreams.config.ts';
export type {
  HttpUpstreamConfig,
  HttpUpstreamParts,
  Offered,
  ValueRule,
  Share,
  StdioUpstreamConfig,
  StdioUpstreamParts,
  ToolConfig,
  ToolEffect,
  UpstreamConfig,
  UpstreamParts,
} from './config/upstreams.config.ts';
export type { SigningKey, UpstreamAuthConfig, UpstreamAuthParts } from './config/upstream-auth.config.ts';
export { mayFetch, namedIssuers, tenantIssuer, tenantQuotas } from './config/identity.config.ts';
export type {
  IntrospectionConfig,
  IssuerConfig,
  SignInConfig,
  TenantIssuer,
  TenantIssuerInput,
  TenantQuotas,
  TenantQuotasInput,
} from './config/identity.config.ts';
export { perSecond } from './config/floods.config.ts';
export { duration, PLACEHOLDER, rate, type Rate, rateText, SCOPE, scope } from './config/scalars.config.ts';
export { valuePointer } from './config/paths.config.ts';
export { approvalEvents, callEvents, events, systemEvents, requesterEvents } from './events/index.ts';
export type { EventData, EventType } from './events/index.ts';
export { type Message, type MessageOf, messageSchema, type Signature } from './messages/message-schema.ts';
export {
  type CommitReply,
  commitReplySchema,
  commitSchema,
  releaseSchema,
  type ReloadReport,
  reloadReportSchema,
  type Schema,
  type Unjudged,
  unjudgedSchema,
  verdictsSchema,
} from './messages/bodies.ts';
