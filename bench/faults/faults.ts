import { failOver, zombieAudit } from './audit-faults.ts';
import { recreateFeed } from './feed-faults.ts';
import { killGateways, twoGateways, zombieGateway } from './gateway-faults.ts';
import { redeliver } from './redelivery.ts';
import type { NamedFault } from './run-fault.ts';
import {
  cutPostgres,
  freezeKafka,
  freezePostgres,
  freezeRedis,
  restartKafka,
  restartPostgres,
  restartRedis,
  wipeRedis,
} from './server-faults.ts';
import { killStations, rebalance, restartStations, rollServices } from './station-faults.ts';

/** In the order in which they are tried. */
export const faults: readonly NamedFault[] = [
  { name: 'station_killed', run: killStations },
  { name: 'station_restarted', run: restartStations },
  { name: 'rolled', run: rollServices },
  { name: 'redelivery', run: redeliver },
  { name: 'rebalance', run: rebalance },
  { name: 'two_gateways', run: twoGateways },
  { name: 'zombie_gateway', run: zombieGateway },
  { name: 'zombie_audit', run: zombieAudit },
  { name: 'audit_fail_over', run: failOver },
  { name: 'gateway_killed', run: killGateways, unsettled: true },
  { name: 'feed_recreated', run: recreateFeed },
  { name: 'kafka_restart', run: restartKafka },
  { name: 'kafka_frozen', run: freezeKafka },
  { name: 'postgres_restart', run: restartPostgres, unsettled: true },
  { name: 'postgres_frozen', run: freezePostgres, unsettled: true },
  { name: 'postgres_cut', run: cutPostgres, unsettled: true },
  { name: 'redis_restart', run: restartRedis, unsettled: true },
  { name: 'redis_wiped', run: wipeRedis, unsettled: true },
  { name: 'redis_frozen', run: freezeRedis, unsettled: true },
];
