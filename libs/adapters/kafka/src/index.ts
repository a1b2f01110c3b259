export { openKafkaBus, type KafkaClient } from './kafka-bus.ts';
