import { startFixtureServer } from '@sallyport/conformance/fixture-server.mjs';
import { makeScratch } from '@sallyport/testing/harness';
import type { SpeakerKind } from './client-speakers.ts';
import { clientFeatureReasons } from './feature-reasons.ts';
import { faultOf, grants, reasonIn } from './feature-rows.ts';
import { fixture, type Tries } from './feature-servers.ts';
import { type Feature, tryFeature } from './features.ts';
import { differences, isNoAnswer } from './observe.ts';
import { runSallyport } from './running.ts';

const token = 'dev-ann-token';
const tries: Tries = {
  ...fixture,
  subscribe: { uri: 'test://static-text', then: ['test_update_resource', {}] },
};
const tried: readonly Feature[] = [
  ...(['prompts', 'resources', 'templates', 'completion', 'subscribe'] as const),
  ...(['elicitation', 'sampling', 'logging'] as const),
];

/** One feature with each client: whether it was through Sallyport as it was directly, by the client's id. */
export interface ClientFeatureRow {
  readonly feature: Feature;
  readonly cells: Readonly<Record<string, string>>;
  readonly why: string;
  /** What must hold and did not. */
  readonly faults: readonly string[];
}

type Seen = ReadonlyMap<Feature, unknown>;
interface Compared {
  readonly kind: SpeakerKind;
  readonly direct: Seen;
  readonly through: Seen;
}

/** Tries what is more than tools with every client, before the server of the conformance suite and with Sallyport between. */
export async function clientFeatureRows(kinds: readonly SpeakerKind[]): Promise<ClientFeatureRow[]> {
  const shop = await startFixtureServer();
  const upstream = {
    url: shop.url,
    definitions: 'trust_on_first_use',
    offers: ['tools', 'prompts', 'resources'],
    client_requests: grants,
  };
  const policies = { 'all.cedar': '@id("everything") permit (principal, action, resource);\n' };
  const scratch = makeScratch({ config: { upstreams: { shop: upstream } } as never, policies });
  const sallyport = await runSallyport(scratch);
  const seen: Compared[] = [];
  for (const kind of kinds) {
    const direct = await seenAt(shop.url, kind);
    seen.push({ kind, direct, through: await seenAt(`${sallyport.url}/mcp/shop`, kind) });
  }
  await sallyport.stop();
  scratch.remove();
  await shop.close();
  return tried.map((feature) => rowOf(feature, seen));
}

const has = ({ subscribesNot }: SpeakerKind, feature: Feature): boolean =>
  !(subscribesNot === true && feature === 'subscribe');

async function seenAt(url: string, kind: SpeakerKind): Promise<Seen> {
  const { client, heard, close } = await kind.connect(url, token);
  const seen = new Map<Feature, unknown>();
  for (const feature of tried)
    if (has(kind, feature)) seen.set(feature, await tryFeature(feature, tries, { client, heard, id: null }));
  await close();
  return seen;
}

function rowOf(feature: Feature, seen: readonly Compared[]): ClientFeatureRow {
  const reasons = clientFeatureReasons[feature] ?? [];
  const faults: string[] = [];
  const cells = seen.map(({ kind, direct, through }) => {
    if (!has(kind, feature)) return [kind.id, '–'];
    const [alone, here] = [direct.get(feature), through.get(feature)];
    const places = differences(alone, here).join(' ');
    const expected = reasonIn(reasons, kind.id)?.at.join(' ') ?? '';
    if (isNoAnswer(alone)) faults.push(`${kind.id} ${feature} direct: no answer: ${JSON.stringify(alone)}`);
    if (places !== expected) faults.push(faultOf(`${kind.id} ${feature}`, { places, expected, alone, here }));
    return [kind.id, places === '' ? 'same' : 'differs'];
  });
  const why = [...new Set(reasons.map(({ why }) => why))].join('; ');
  return { feature, cells: Object.fromEntries(cells) as ClientFeatureRow['cells'], why, faults };
}
