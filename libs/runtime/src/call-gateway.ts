import type { DecisionService, Gateway } from '@sallyport/contracts';
import { callFacts, guards, guardsDigest, settingsOf } from '@sallyport/guards';
import { type CallRules, createGateway, type GatewayParts } from '@sallyport/pipeline';
import { declaredFolders } from '@sallyport/config';
import type { ActiveConfig } from './active-config.ts';
import type { Dependencies } from './dependencies.ts';
import { refusedClientRequests } from './refused-client-requests.ts';

/** The port `Gateway` over the dependencies of a process. */
export function gatewayOf(
  { records, stores, definitions, upstreams, logger, ...dependencies }: Dependencies,
  own: Pick<GatewayParts, 'attempts' | 'refusals' | 'outcomes' | 'rules'>,
  others?: GatewayParts['others'],
): Gateway {
  return createGateway({
    ...records,
    ...own,
    others,
    journal: stores.journal,
    counters: stores.counters,
    catalog: definitions.catalog,
    saidBy: (upstream) => definitions.instructions(upstream),
    listed: (upstream) => definitions.resources(upstream),
    upstreams: upstreams.all,
    approvals: dependencies.approvals,
    observer: dependencies.observer,
    boot: dependencies.boot,
    callFacts,
    guards,
    clientRefused: refusedClientRequests(logger),
  });
}

/** What calls are judged by under a configuration. */
export function callRules(
  { definitions, tenants }: Pick<Dependencies, 'definitions' | 'tenants'>,
  { loaded, active, boundGuards, gatewayGuards, sanitize }: ActiveConfig,
  decisions: DecisionService,
): CallRules {
  const { config } = loaded;
  const { policies } = active;
  const settings = settingsOf(guards, config);
  const digests = { guards: guardsDigest(guards), policy: policies.digest, settings, config: loaded.digest };
  const system = () => ({ definitions: definitions.position(), tenants: tenants.position() });
  const folders = declaredFolders(config, loaded.directory);
  return {
    config,
    policies: { current: () => policies },
    gatewayGuards,
    grantingGuards: boundGuards.filter(({ grants }) => grants),
    digests,
    system,
    sanitize,
    folders,
    decisions,
  };
}
