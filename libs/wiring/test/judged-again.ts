import { canonical, hmacSha256, parseExact } from '@sallyport/base';
import {
  type Call,
  type Catalog,
  type Digest,
  type Directory,
  type Envelope,
  type EventData,
  type Facts,
  type GuardPorts,
  type Journal,
  type JsonObject,
  type Keys,
  type Opinion,
  type StoredEvent,
  subjectIn,
  type Texts,
  toolTarget,
  type Vault,
} from '@sallyport/contracts';
import { compileToolSchemas, createDefinitions, declaredProblem, valuesOf } from '@sallyport/definitions';
import { completeConfigSchema, guards } from '@sallyport/guards';
import { compilePolicies } from '@sallyport/policy';
import { systemClock, systemIds, systemTenant } from '@sallyport/runtime';
import { parse } from 'yaml';

type Decided = EventData['call.decided'];
type Verdict = Decided['verdicts'][number];

/** All that a call is judged again from. */
export interface Record {
  readonly journal: Journal;
  readonly vault: Vault;
  readonly directory: Directory;
  readonly texts: Texts;
  readonly keys: Keys;
}

export interface JudgedAgain {
  readonly call: string;
  readonly recorded: Verdict;
  /** `erased` where what it was judged by is gone. */
  readonly again: Opinion | 'erased';
}

/** Judges the call of each `call.decided` again, by what was in force then; calls that no policy judged are left out. */
export async function judgedAgain(record: Record, tenant: string): Promise<readonly JudgedAgain[]> {
  const found: JudgedAgain[] = [];
  for (const stored of await record.journal.readAll(tenant, { after: 0, limit: 10_000, kind: 'call' })) {
    if (stored.type !== 'call.decided') continue;
    const { data } = JSON.parse(Buffer.from(stored.bytes).toString()) as { readonly data: Decided };
    const recorded = data.verdicts.find(({ guard }) => guard === 'authorization');
    if (recorded === undefined) continue;
    const judge = await judgeOf(record, data);
    const envelope = await envelopeOf(record, stored, data);
    found.push({ call: stored.stream, recorded, again: envelope === null ? 'erased' : await judge(envelope) });
  }
  return found;
}

async function textOf({ texts }: Record, digest: Digest | undefined): Promise<string> {
  const text = digest === undefined ? null : await texts.find(digest);
  if (text === null) throw new Error(`the text of ${digest} was not kept`);
  return text;
}

/** The guard as it was configured then, over the policies and definitions that were in force. */
async function judgeOf(record: Record, { policy, config: configuration, system }: Decided) {
  const config = completeConfigSchema.parse(parse(await textOf(record, configuration)));
  const catalog = await catalogAt(record.journal, config, system?.definitions ?? 0);
  const texts = JSON.parse(await textOf(record, policy)) as string[];
  const files = texts.map((text, at) => ({ path: `${at}.cedar`, text }));
  const compiled = compilePolicies({ files, tools: catalog.all() });
  const authorization = guards.find(({ id }) => id === 'authorization');
  if (!compiled.ok || authorization === undefined) throw new Error(JSON.stringify(compiled));
  const ports: Partial<GuardPorts> = { catalog, policies: { current: () => compiled.policies } };
  return authorization.create(ports as GuardPorts, config);
}

/** The approved tools as they were at a place of Sallyport's own log. */
async function catalogAt(
  journal: Journal,
  config: ReturnType<typeof completeConfigSchema.parse>,
  position: number,
): Promise<Catalog> {
  const until: Journal = {
    ...journal,
    readAll: async (tenant, options) =>
      (await journal.readAll(tenant, options)).filter(({ sequence }) => sequence <= position),
  };
  const definitions = createDefinitions({
    ...{ journal: until, clock: systemClock, ids: systemIds(systemClock), systemTenant, assumeOffered: true },
    ...{ compile: compileToolSchemas, declaredProblem, valuesOf },
  });
  definitions.configure({
    upstreams: config.upstreams,
    numbers: guards.flatMap((guard) => guard.numbers?.(config) ?? []),
  });
  await definitions.catchUp();
  return definitions.catalog;
}

/** Who acted for a subject, by their names. */
async function namesOf(
  { nameOf }: Record['directory'],
  tenant: string,
  actors: Decided['subject']['actors'],
): Promise<Pick<Call['subject'], 'actors'>> {
  if (actors === undefined) return {};
  return { actors: await Promise.all(actors.map(async (one) => (await nameOf(tenant, one)) ?? '')) };
}

/**
 * The call and its facts, out of the event and what is sealed beside it; each must have the digest that the event names. Null
 * where its subject was erased.
 */
async function envelopeOf(
  { vault, directory, keys }: Record,
  stored: StoredEvent,
  data: Decided,
): Promise<Envelope | null> {
  const { tenant, subject, agent, target, tool, arguments: args, facts: found, ...said } = data;
  const sealed = new Map((await vault.open(tenant, stored.id)).map(({ field, value }) => [field, value]));
  const name = await directory.nameOf(tenant, subject.ref);
  if (name === null) return null;
  const key = keys.digestKey(tenant);
  const text = sealed.get('arguments') ?? '';
  expect(hmacSha256(key, text)).toBe(args.digest);
  const { bulk, depth } = found;
  const named =
    sealed.get('facts') ?? canonical({ bulk, depth, bytes: args.bytes, wildcards: [], unbounded: [], resources: [] });
  expect(hmacSha256(key, named)).toBe(found.digest);

  const id = subjectIn(name, subject.issuer) ?? '';
  const { issuer, roles = [], scopes, qualified, actors } = subject;
  const acting = await namesOf(directory, tenant, actors);
  const call: Call = {
    ...{ callId: stored.stream.slice('call/'.length), tenant, gateway: said.gateway, session: null, flow: null },
    subject: {
      id,
      issuer,
      roles,
      ...(scopes && { scopes }),
      ...(qualified && { qualified }),
      ...acting,
    },
    agent: { id: (await directory.nameOf(tenant, agent.ref)) ?? '', verified: agent.verified },
    ...{ action: said.action, upstream: said.upstream, target: target ?? toolTarget(tool) },
    ...{ definition: said.definition, digest: said.call, arguments: parseExact(text) as JsonObject },
    ...{ receivedAt: 0, deadline: 0, traceparent: null },
  };
  const { guards: list, policy } = said;
  const facts = parseExact(named) as object as Facts;
  return { version: 2, call, facts, factsDigest: found.digest, guards: list, policy, settings: {}, verdicts: [] };
}
