export type { TransportEnd } from './transport-end.ts';
export { TransportStationModule, type TransportStationOptions } from './transport-station.module.ts';
