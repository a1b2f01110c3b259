import { setTimeout as sleep } from 'node:timers/promises';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { createLogger } from '@sallyport/service';
import { createRuntime } from './start-sallyport.mjs';

/**
 * The client under test is the product's upstream side: the suite starts this program with the URL of its server, the
 * product is opened with that server as its upstream, and an MCP client calls through the product.
 */
const scenario = process.env.MCP_CONFORMANCE_SCENARIO ?? '';
const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}');
const samples = { string: 'a', number: 1, integer: 1, boolean: true, array: [], object: {} };
const modern = process.env.MCP_CONFORMANCE_PROTOCOL_VERSION === '2026-07-28';

const upstreamUrl = process.argv.at(-1);
const profile = process.env.SALLYPORT_CONFORMANCE_PROFILE;
const logger = createLogger({ level: 'error' });
const sallyport = await createRuntime({ upstreamUrl, logger, profile, auth: await authOf() });
try {
  await drive(sallyport);
} finally {
  await sallyport.stop();
}
process.exit(process.exitCode ?? 0);

/** What an operator who was given these credentials configures. Most scenarios don't name their authorization server. */
async function authOf() {
  const { client_id } = context;
  const machine = machineAuth();
  if (machine === undefined) return undefined;
  const [[name, value]] = Object.entries(machine.shown);
  process.env.CONFORMANCE_CREDENTIAL = value;
  const auth = { type: machine.type, client_id, [name]: { env: 'CONFORMANCE_CREDENTIAL' } };
  return { ...auth, issuer: await issuerToldBy({ ...auth, issuer: 'https://not-the-one.invalid' }) };
}

function machineAuth() {
  const { client_secret, private_key_pem: private_key, valid_jwt: assertion } = context;
  if (scenario === 'auth/wif-jwt-bearer') return { type: 'jwt_bearer', shown: { assertion } };
  if (!scenario.startsWith('auth/client-credentials-')) return undefined;
  return { type: 'client_credentials', shown: client_secret === undefined ? { private_key } : { client_secret } };
}

/** An operator who names the wrong one is told which the server names. */
async function issuerToldBy(auth) {
  const wrong = await createRuntime({ upstreamUrl, logger, profile, auth });
  try {
    const [, issuer] = /names (\S+) as its authorization server/.exec(await readiness(wrong)) ?? [];
    return issuer;
  } finally {
    await wrong.stop();
  }
}

async function drive({ url, token, approve }) {
  const capabilities = { elicitation: { form: { applyDefaults: true } } };
  const negotiation = modern ? { versionNegotiation: { mode: 'auto' } } : {};
  const client = new Client({ name: 'conformance', version: '1.0.0' }, { capabilities, ...negotiation });
  client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: {} }));
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
  const tools = await toolsOf(client, approve);
  for (const call of callsOf(tools)) {
    const { content } = await client.callTool(call);
    process.stdout.write(`${call.name}: ${JSON.stringify(content)}\n`);
  }
  await client.close();
}

/** On a small machine the upstream may be listed after the endpoints open. A server that refuses us is not waited for. */
async function toolsOf(client, approve) {
  for (let tries = 0; tries < 60; tries += 1) {
    await approve();
    const { tools } = await client.listTools();
    if (tools.length > 0) return tools;
    if (/set `headers` or `auth`/.test(await readiness(sallyport))) return [];
    await sleep(500);
  }
  return [];
}

async function readiness({ url }) {
  return (await fetch(new URL('/readyz', url))).text();
}

/** The calls that the scenario names, or else one of each tool. */
function callsOf(tools) {
  if (context.toolCalls !== undefined) return context.toolCalls.map(withoutNulls);
  if (scenario === 'json-schema-2020-12-preservation') return [echoOf(tools)];
  return tools.map(({ name, inputSchema }) => ({ name, arguments: sampleOf(inputSchema) }));
}

/** The product refuses a null where a tool's schema says boolean, and tells its client so: the argument is left out. */
function withoutNulls({ name, arguments: args }) {
  return { name, arguments: Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null)) };
}

function echoOf(tools) {
  const { inputSchema } = tools.find(({ name }) => name === 'json_schema_2020_12_tool');
  return { name: 'json_schema_echo', arguments: { schema: inputSchema } };
}

function sampleOf({ properties = {}, required = [] }) {
  return Object.fromEntries(required.map((name) => [name, samples[properties[name]?.type] ?? 'a']));
}
