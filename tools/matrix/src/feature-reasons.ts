import type { FeatureWay } from './feature-rows.ts';
import type { Feature } from './features.ts';

/** Where a feature behind Sallyport is seen otherwise than without it, and why; in all ways (or with all clients), or in those named. */
export interface FeatureReason<Way extends string = FeatureWay> {
  readonly ways?: readonly Way[];
  readonly at: readonly string[];
  readonly why: string;
}

const subscribe: readonly FeatureReason[] = [
  {
    ways: ['2026-07-28'],
    at: ['/updated/*'],
    why: 'it tells only the session that called its tool, and a client of this revision has none to subscribe in',
  },
];

const cached = (at: string): readonly FeatureReason[] => [
  {
    ways: ['2026-07-28'],
    at: [`${at}/cacheScope`, `${at}/ttlMs`],
    why: 'the answer says how long it may be kept, as its revision wants',
  },
];
const resources = cached('/read/*');
const templates = cached('/read');

const sampling: readonly FeatureReason[] = [
  {
    at: ['includeContext', 'messages/*/content/text', 'systemPrompt'].map((name) => `/asked/*/params/${name}`),
    why: 'the question says which server asks, and its system prompt is part of its text; it gets no context of others',
  },
];

const form = 'the question says which server asks';
const elicitation: readonly FeatureReason[] = [{ at: ['/asked/*/params/message'], why: form }];

const logging: readonly FeatureReason[] = [
  { at: ['/logged/*/data', '/logged/*/logger'], why: 'the line says which server wrote it' },
];

const everything: Partial<Record<Feature, readonly FeatureReason[]>> = {
  resources,
  templates,
  subscribe,
  sampling,
  elicitation: [
    {
      at: ['/asked/*', '/result/content/*', '/result/content/*/text', '/result/isError'],
      why: 'a field of its form speaks of a PIN, and [forms that ask for credentials](configuration.md) are refused',
    },
  ],
  list_changed: [
    { at: ['/changed/*'], why: 'the resource that it adds is in one session alone; Sallyport has a list of its own' },
  ],
};
const ofNoCall: readonly FeatureReason[] = [
  {
    at: ['/logged/*'],
    why: 'by stdio a line does not say which call it belongs to; only what a call logs is passed on',
  },
];
const outsideOfCalls: readonly FeatureReason[] = [
  { at: ['/logged/*'], why: 'the line belongs to no call; only what a call logs is passed on' },
];

const sdk: Partial<Record<Feature, readonly FeatureReason[]>> = {
  sampling,
  elicitation,
  logging,
  list_changed: [{ at: ['/changed/*'], why: 'it tells of a change where nothing has changed' }],
};

/** By server and feature. What is not here must be the same; what is here must differ, exactly there. */
export const featureReasons: Readonly<Record<string, Partial<Record<Feature, readonly FeatureReason[]>>>> = {
  everything: { ...everything, logging: outsideOfCalls },
  'everything-sse': { ...everything, logging: outsideOfCalls },
  'everything-http': everything,
  'sdk-legacy': { ...sdk, resources, templates },
  sdk,
  library: {
    resources,
    templates,
    sampling,
    logging: ofNoCall,
    elicitation: [
      {
        at: ['/asked/*/params/message', '/asked/*/params/requestedSchema/title'],
        why: `${form}, and has no title of the server's`,
      },
    ],
  },
  'library-http': { logging },
};

const withSessions = ['SDK v1', 'SDK v2, legacy'];
const pythonWithSessions = ['Python mcp, legacy'];

/** With Sallyport between, the server speaks its newest revision also where the client has an older one. */
const newer = (ways: readonly string[], ...at: string[]): FeatureReason<string> => ({
  ways,
  at,
  why: 'a client of a revision with sessions has what the server says in its newest: which server it is, and how long a text may be kept',
});
const named = (at: string) => newer([...withSessions, ...pythonWithSessions], at);
/** Python's client leaves out how long a text may be kept, which its revision does not know. */
const kept = (at: string) => [
  newer(withSessions, `${at}/_meta`, `${at}/cacheScope`, `${at}/ttlMs`),
  newer(pythonWithSessions, `${at}/_meta`),
];
const everywhere = (reasons: readonly FeatureReason[]): FeatureReason<string>[] =>
  reasons.map(({ at, why }) => ({ at, why }));
const answered = (reasons: readonly FeatureReason[]): FeatureReason<string>[] =>
  everywhere(reasons).flatMap((reason) => [{ ...named('/result/_meta'), at: [...reason.at, '/result/_meta'] }, reason]);

/** By feature, with the clients that are named as ways. */
export const clientFeatureReasons: Partial<Record<Feature, readonly FeatureReason<string>[]>> = {
  prompts: [named('/got/_meta')],
  resources: kept('/read/*'),
  templates: kept('/read'),
  completion: [named('/_meta')],
  logging: everywhere(logging),
  sampling: answered(sampling),
  elicitation: answered(elicitation),
};
