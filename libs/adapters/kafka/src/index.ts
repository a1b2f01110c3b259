export { openKafkaBus, type KafkaClient } from './kafka-bus.ts';
export type { BusLog, KafkaOptions } from './kafka-options.ts';
