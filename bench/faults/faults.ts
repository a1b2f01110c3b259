import { failOver, zombieAudit } from './audit-faults.ts';
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
import { killStations, rebalance, rollServices } from './station-faults.ts';

/** In the order in which they are tried. */
export const faults: readonly NamedFault[] = [
  { name: 'station_killed', run: killStations },
  { name: 'rolled', run: rollServices },
  { name: 'redelivery', run: redeliver },
  { name: 'rebalance', run: rebalance },
  { name: 'two_gateways', run: twoGateways },
  { name: 'zombie_gateway', run: zombieGateway },
  { name: 'zombie_audit', run: zombieAudit },
  { name: 'audit_fail_over', run: failOver },
  { name: 'gateway_killed', run: killGateways, counters: 'wiped' },
  { name: 'kafka_restart', run: restartKafka },
  { name: 'kafka_frozen', run: freezeKafka },
  { name: 'postgres_restart', run: restartPostgres, counters: 'wiped' },
  { name: 'postgres_frozen', run: freezePostgres, counters: 'wiped' },
  { name: 'postgres_cut', run: cutPostgres, counters: 'wiped' },
  { name: 'redis_restart', run: restartRedis, counters: 'wiped' },
  { name: 'redis_wiped', run: wipeRedis, counters: 'wiped' },
  { name: 'redis_frozen', run: freezeRedis, counters: 'wiped' },
];
