import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { migrate } from '@sallyport/adapter-postgres';
import { Client } from 'pg';
import { stringify } from 'yaml';
import type { Servers } from './servers.ts';
import type { WrittenConfig } from '@sallyport/testing/harness';

/** Where a distributed deployment is set up: its configuration, its secrets, and a database and topics of its own. */
export interface Site {
  readonly directory: string;
  /** The configuration file. */
  readonly config: string;
  readonly operatorToken: string;
  /** Prefix of its topics. */
  readonly prefix: string;
  /** How a user who may read everything reaches its database. */
  readonly database: Servers['postgres']['owner'];
  /** How its owner does. */
  readonly owner: Servers['postgres']['owner'];
  /** Removes the secrets; directory and servers are the caller's. */
  remove(): void;
}

export interface SiteParts {
  readonly servers: Servers;
  /** A directory with policies and users; the configuration is written into it. */
  readonly directory: string;
  readonly config: Partial<WrittenConfig>;
  /** What differs from the defaults among services. */
  readonly cluster?: {
    readonly kafka?: object;
    readonly redis?: object;
    readonly colocate?: string[][];
    readonly decision_timeout?: string;
    readonly hedge?: string;
  };
}

const keys = [
  'mac-gateway',
  'mac-rate-limit',
  'mac-authorization',
  'mac-confirmation',
  'release',
  'tenants',
  'sealing',
];

async function makeDatabase(owner: Site['owner'], name: string): Promise<Site['owner']> {
  const client = new Client(owner);
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${name}`);
    return { ...owner, database: name };
  } finally {
    await client.end();
  }
}

/** Sets an instance up on running servers. Sites on the same servers share nothing but those. */
export async function makeSite({ servers, directory, config, cluster = {} }: SiteParts): Promise<Site> {
  const secrets = join(directory, 'secrets');
  const secret = (): string => randomBytes(32).toString('base64url');
  const write = (name: string, text: string): void => writeFileSync(join(secrets, name), `${text}\n`, { mode: 0o600 });
  mkdirSync(secrets, { recursive: true });
  for (const key of keys) write(`${key}.key`, secret());
  const operatorToken = secret();
  write('operator.token', operatorToken);
  const { password } = servers;
  write('postgres.password', password);
  const prefix = `t${randomBytes(6).toString('hex')}`;
  const database = await makeDatabase(servers.postgres.owner, prefix);
  await migrate({ connection: database, passwords: { audit: password, gateway: password, reader: password } });
  const file = join(directory, 'sallyport.yaml');
  const { kafka, redis } = servers;
  const services = {
    secrets: './secrets',
    ...cluster,
    kafka: { brokers: kafka.brokers, prefix, partitions: 4, ...cluster.kafka },
    redis: { nodes: [`${redis.host}:${redis.port}`], ...cluster.redis },
    postgres: { host: database.host, port: database.port, database: database.database },
  };
  writeFileSync(file, stringify({ listen: '127.0.0.1:0', ...config, cluster: services }));
  return {
    directory,
    config: file,
    operatorToken,
    prefix,
    owner: database,
    database: { ...database, user: 'sallyport_reader', password },
    remove: () => rmSync(secrets, { recursive: true, force: true }),
  };
}
