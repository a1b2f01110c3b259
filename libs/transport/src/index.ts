export type {
  AuditEndParts,
  GatewayEnd,
  KeyRing,
  ReloadRound,
  Signer,
  StationEndParts,
  Topics,
} from './transport-ends.ts';
export { createGatewayEnd } from './gateway-end.ts';
export { createStationEnd } from './station-end.ts';
export { createAuditEnd } from './audit-end.ts';
export { remoteJournal } from './remote-journal.ts';
export { topicSpecs, topicsOf } from './topics.ts';
export { type BrokerTime, createBrokerTime } from './broker-time.ts';
