import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';
import { speak } from './speak.ts';
import { openSyncedLines } from './synced-lines.ts';

// The bare hop: reads one JSON-RPC message, parses it, serialises it again and forwards it. With a file as its second
// argument it is the floor: one line about the message is on disk, synced, before the message is forwarded. With `outcome`
// as its third, another line is, before the answer goes back.
const [upstream = '', file, outcome] = process.argv.slice(2);
const target = new URL(upstream);
const pool = new Pool(target.origin, { connections: 64, pipelining: 1 });
const record = file === undefined ? null : openSyncedLines(file);

const passed = ['content-type', 'accept', 'mcp-protocol-version', 'mcp-method', 'mcp-name'];

interface Message {
  readonly jsonrpc: string;
  readonly id: number;
  readonly method: string;
  readonly params: unknown;
}

async function hop(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { jsonrpc, id, method, params } = JSON.parse(await read(request)) as Message;
  const body = JSON.stringify({ jsonrpc, id, method, params });
  if (record !== null) await record.write(JSON.stringify({ time: new Date().toISOString(), id, method, params }));
  const headers = Object.fromEntries(passed.map((name) => [name, request.headers[name]]));
  const answer = await pool.request({ path: target.pathname, method: 'POST', headers, body });
  const text = await answer.body.text();
  if (outcome === 'outcome') await record?.write(JSON.stringify({ time: new Date().toISOString(), id, answer: text }));
  response.writeHead(answer.statusCode, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => resolve(Buffer.concat(chunks).toString()));
    request.once('error', reject);
  });
}

const server = createServer((request, response) => {
  hop(request, response).catch(() => response.writeHead(502, { 'content-length': 0 }).end());
});
server.listen(0, '127.0.0.1', () => speak(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`));
