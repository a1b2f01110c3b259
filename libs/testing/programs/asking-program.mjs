// An MCP program of 2025-11-25 that asks its client: `ask` puts a form and answers what came back, `both` a form and a sampling
// request. Needs nothing but Node.
import { createInterface } from 'node:readline';

const say = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const waiting = new Map();
let declared = {};

const requestedSchema = { type: 'object', properties: { branch: { type: 'string' } } };
const form = { method: 'elicitation/create', params: { message: 'Which branch?', requestedSchema } };
const messages = [{ role: 'user', content: { type: 'text', text: 'Name a branch.' } }];
const sample = { method: 'sampling/createMessage', params: { messages, maxTokens: 10 } };

function put(request) {
  const id = `q-${waiting.size}`;
  say({ id, ...request });
  return new Promise((resolve) => waiting.set(id, ({ result, error }) => resolve(result ?? { error })));
}

async function call(name) {
  if (name === 'ask') return { declared, answer: await put(form) };
  return [await put(form), await put(sample)];
}

async function answer(id, method, params) {
  if (method === 'initialize') {
    declared = params.capabilities;
    const serverInfo = { name: 'asking', version: '1' };
    return say({ id, result: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo } });
  }
  if (method === 'tools/list') {
    const tools = ['ask', 'both'].map((name) => ({ name, inputSchema: { type: 'object' } }));
    return say({ id, result: { tools } });
  }
  const text = JSON.stringify(await call(params.name));
  say({ id, result: { content: [{ type: 'text', text }] } });
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const message = JSON.parse(line);
  if (message.method === undefined) waiting.get(message.id)?.(message);
  else if (message.id !== undefined) answer(message.id, message.method, message.params);
});
process.stdin.on('end', () => process.exit(0));
