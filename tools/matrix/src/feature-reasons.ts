import type { FeatureWay } from './feature-rows.ts';
import type { Feature } from './features.ts';

/** Where a feature behind Sallyport is seen otherwise than without it, and why; in all ways, or in those named. */
export interface FeatureReason {
  readonly ways?: readonly FeatureWay[];
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
  { at: ['/logged'], why: 'the line belongs to no call; only what a call logs is passed on' },
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
