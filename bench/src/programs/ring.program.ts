import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openKafkaBus } from '@sallyport/adapter-kafka';
import type { Bus } from '@sallyport/contracts';
import { Pool } from 'undici';
import { speak } from './speak.ts';

// One program of the bare ring: as many hops as a call takes through the services, over the same topics, clients and
// settings, and nothing else. Each parses what comes and prints it again. The gateway is a bare hop with two turns in the
// transport: through all stations before it forwards, and to the last one and back before it answers.

interface Settings {
  readonly role: string;
  readonly client: 'kafkajs' | 'platformatic';
  readonly brokers: readonly string[];
  readonly prefix: string;
  readonly upstream: string;
  readonly partitions: number;
}

interface Message {
  readonly id: number;
  readonly body: unknown;
}

const { role, client, brokers, prefix, upstream, partitions } = JSON.parse(process.argv[2] ?? '{}') as Settings;
const stations = ['rate-limit', 'authorization', 'decide'];
const topic = (name: string): string => `${prefix}.${name}`;
const bus = await openKafkaBus({ client, brokers, clientId: `ring-${role}` });
await bus.ensure([
  ...stations.map((name) => ({ topic: topic(name), partitions })),
  { topic: topic('reply'), partitions: 1 },
]);

function send(to: Bus, name: string, message: Message): Promise<void> {
  const partition = name === 'reply' ? 0 : message.id % partitions;
  return to.send({ topic: topic(name), partition, value: Buffer.from(JSON.stringify(message)) });
}

const read = (value: Uint8Array): Message => JSON.parse(Buffer.from(value).toString()) as Message;

/** A station: parses and passes on. */
async function pass(): Promise<void> {
  const next = stations[stations.indexOf(role) + 1] ?? 'reply';
  await bus.share({ topic: topic(role), group: topic(role), handle: ({ value }) => send(bus, next, read(value)) });
  speak('station', () => bus.close());
}

/** The gateway: HTTP on one side, the transport on the other. */
async function serve(): Promise<void> {
  const waiting = new Map<number, () => void>();
  const target = new URL(upstream);
  const pool = new Pool(target.origin, { connections: 64, pipelining: 1 });
  let made = 0;
  await bus.inbox({ topic: topic('reply'), partition: 0, handle: ({ value }) => waiting.get(read(value).id)?.() });

  function turn(first: string, body: unknown): Promise<void> {
    const id = made++;
    return new Promise<void>((resolve, reject) => {
      waiting.set(id, resolve);
      send(bus, first, { id, body }).catch(reject);
    }).finally(() => waiting.delete(id));
  }

  const server = createServer((request, response) => {
    void textOf(request).then(async (text) => {
      const message: unknown = JSON.parse(text);
      await turn('rate-limit', message);
      const headers = { 'content-type': 'application/json', accept: String(request.headers.accept) };
      const passed = ['mcp-protocol-version', 'mcp-method', 'mcp-name'].map((name) => [name, request.headers[name]]);
      const answer = await pool.request({
        path: target.pathname,
        method: 'POST',
        headers: { ...headers, ...(Object.fromEntries(passed) as Record<string, string>) },
        body: JSON.stringify(message),
      });
      const result = await answer.body.text();
      await turn('decide', { bytes: result.length });
      response.writeHead(answer.statusCode, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(result),
      });
      response.end(result);
    });
  });
  server.listen(0, '127.0.0.1', () =>
    speak(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`, () => bus.close()),
  );
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

await (role === 'gateway' ? serve() : pass());
