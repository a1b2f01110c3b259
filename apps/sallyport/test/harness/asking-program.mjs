// An MCP program of 2025-11-25 whose tool `ask` puts a form before the client and answers what came back. Needs nothing but Node.
import { createInterface } from 'node:readline';

const say = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const waiting = new Map();
let declared = {};

function answer(id, method, params) {
  if (method === 'initialize') {
    declared = params.capabilities;
    const serverInfo = { name: 'asking', version: '1' };
    return say({ id, result: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo } });
  }
  if (method === 'tools/list')
    return say({ id, result: { tools: [{ name: 'ask', inputSchema: { type: 'object' } }] } });
  const requestedSchema = { type: 'object', properties: { branch: { type: 'string' } } };
  waiting.set(`q-${id}`, ({ result, error }) => {
    const text = JSON.stringify({ declared, answer: result ?? { error } });
    say({ id, result: { content: [{ type: 'text', text }] } });
  });
  say({ id: `q-${id}`, method: 'elicitation/create', params: { message: 'Which branch?', requestedSchema } });
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const message = JSON.parse(line);
  if (message.method === undefined) waiting.get(message.id)?.(message);
  else if (message.id !== undefined) answer(message.id, message.method, message.params);
});
process.stdin.on('end', () => process.exit(0));
