import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Client } from 'pg';
import { ringKeyWrap } from '@sallyport/journal';
import type { PostgresConnection } from '../src/connection.ts';
import { migrate } from '../src/migrate.ts';
import { type RoleName, ROLES } from '../src/roles.ts';

interface Owned {
  readonly owner: PostgresConnection;
}

export const passwords = { audit: 'audit-of-a-test', gateway: 'gateway-of-a-test', reader: 'reader-of-a-test' };

/** Wraps the keys of subjects. */
export const wrap = ringKeyWrap([Buffer.alloc(32, 7)], 'the test');

/** How one of the three roles connects. */
export function as(role: RoleName, { owner }: Owned): PostgresConnection {
  return { ...owner, user: ROLES[role], password: passwords[role] };
}

/** An empty journal: the schema is dropped and made again. */
export async function emptied({ owner }: Owned): Promise<void> {
  await ask(owner, 'DROP SCHEMA IF EXISTS sallyport CASCADE');
  await migrate({ connection: owner, passwords });
}

/** The rows of some statements on a connection of their own; those of the last. */
export async function ask(connection: PostgresConnection, ...statements: string[]): Promise<readonly object[]> {
  const client = new Client(connection);
  await client.connect();
  try {
    let rows: object[] = [];
    for (const statement of statements) rows = (await client.query<object>(statement)).rows;
    return rows;
  } finally {
    await client.end();
  }
}

export interface Proxy {
  readonly port: number;
  /** Lets the next message that holds `text` through, and cuts its connection before the answer. Once. */
  cutAfter(text: string): void;
  /** From now on nothing comes back from the server, and nothing is closed. */
  holdAnswers(hold: boolean): void;
  close(): Promise<void>;
}

/** A wire between a client and a server that can be cut at a chosen message. */
export async function startProxy(target: { readonly host: string; readonly port: number }): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let cut: string | null = null;
  let held = false;

  function join(client: Socket): void {
    const server = connect(target.port, target.host);
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => (sockets.delete(socket), client.destroy(), server.end()));
    }
    let silent = false;
    client.on('data', (data) => {
      server.write(data);
      if (cut === null || !data.includes(cut)) return;
      cut = null;
      silent = true;
      setTimeout(() => client.destroy(), 100); // the server has it, and has done it
    });
    server.on('data', (data) => void (silent || held || client.write(data)));
  }

  const listener = createServer(join);
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return {
    port: (listener.address() as AddressInfo).port,
    cutAfter: (text) => (cut = text),
    holdAnswers: (hold) => (held = hold),
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => listener.close(() => resolve()));
    },
  };
}
