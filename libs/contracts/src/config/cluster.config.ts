import { z } from 'zod';
import { duration } from './scalars.config.ts';

const address = z.string().regex(/^(\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$/, 'a host and a port such as kafka:9092');

const kafka = z.strictObject({
  brokers: z.array(address).nonempty().describe('Brokers to begin with.'),
  client: z
    .enum(['kafkajs', 'platformatic'])
    .default('kafkajs')
    .describe('Which client library carries the transport.'),
  prefix: z
    .string()
    .regex(/^[a-z0-9.-]+$/)
    .default('sallyport')
    .describe('What every topic and group begins with.'),
  partitions: z.int().positive().max(1_000).default(6).describe('Partitions of each station’s topic.'),
  gateways: z.int().positive().max(1_000).default(16).describe('Most gateways at once: partitions of the reply topic.'),
  replication: z.int().positive().default(1).describe('Copies of each partition; 3 in production.'),
  tls: z.boolean().default(false).describe('Speak TLS to the brokers.'),
});

const redis = z.strictObject({
  nodes: z.array(address).nonempty().describe('One server, or some nodes of a Redis Cluster.'),
  cluster: z.boolean().default(false).describe('The nodes are a Redis Cluster.'),
  tls: z.boolean().default(false).describe('Speak TLS to Redis.'),
  timeout: duration
    .default(100)
    .describe('A Redis that takes longer to answer counts as away. More where it is far or its machine busy.'),
});

const postgres = z.strictObject({
  host: z.string().min(1).describe('Where PostgreSQL is.'),
  port: z.int().positive().default(5432),
  database: z.string().min(1).default('sallyport'),
  tls: z.boolean().default(false).describe('Speak TLS to PostgreSQL, and check its certificate.'),
});

/** The stations that a call passes between the gateway and its release. */
const stationName = z.enum(['rate-limit', 'authorization', 'confirmation', 'audit']);

/** Sallyport as separate services. Without it everything is one process. */
export const cluster = z.strictObject({
  kafka,
  redis,
  postgres,
  secrets: z
    .string()
    .default('./secrets')
    .describe('Directory of passwords and keys; each service needs its own alone.'),
  colocate: z
    .array(z.array(stationName.exclude(['audit'])).min(2))
    .default([])
    .describe('Neighbouring stations that share a process: the first one’s program hosts them all.'),
  decision_timeout: duration.default(5_000).describe('How long a decision may take; after that the call is refused.'),
  hedge: duration.default(250).describe('After this long without a decision the call is sent on a second way.'),
});

export type ClusterConfig = z.output<typeof cluster>;
export type StationName = z.output<typeof stationName>;
