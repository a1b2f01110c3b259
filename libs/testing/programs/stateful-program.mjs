// A legacy MCP program that keeps what it is told, as many servers do. Used by tests only; needs nothing but Node.
import { createInterface } from 'node:readline';

const say = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const text = (id, value) => say({ id, result: { content: [{ type: 'text', text: String(value) }] } });
const mode = process.argv[2];
if (mode === 'broken') {
  process.stderr.write(`no database at postgres://app:hunter2222@db/x with ${process.env.GIVEN}\n`);
  process.exit(4);
}

let count = 0;
/** The job that runs; ended by `stop`. */
let job = null;
const tools = {
  count: (id) => text(id, (count += 1)),
  pid: (id) => text(id, process.pid),
  start: (id, { name }, token) => {
    job = { id, name };
    if (token !== undefined)
      say({ method: 'notifications/progress', params: { progressToken: token, progress: 1, message: name } });
  },
  running: (id) => text(id, job?.name ?? 'nothing'),
  stop: (id) => {
    if (job !== null) text(job.id, `${job.name} was stopped`);
    text(id, job === null ? 'nothing runs' : `stopped ${job.name}`);
    job = null;
  },
  write: (id, args) => {
    process.stderr.write(`called with ${JSON.stringify(args)}\n`);
    text(id, 'written');
  },
  crash: () => process.exit(7),
};
const inputSchema = { type: 'object', properties: { name: { type: 'string' } } };
const listed = Object.keys(tools).map((name) => ({ name, description: 'Does it.', inputSchema }));

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined || method === undefined) return;
  if (method === 'initialize') {
    const serverInfo = { name: 'stateful', version: '1' };
    return say({ id, result: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo } });
  }
  if (method === 'tools/list') return say({ id, result: { tools: listed } });
  if (method === 'tools/call') tools[params.name]?.(id, params.arguments, params._meta?.progressToken);
});
process.stdin.on('end', () => process.exit(0));
