export type { CorridorEnd } from './corridor-end.ts';
export { CorridorStationModule, type CorridorStationOptions } from './corridor-station.module.ts';
