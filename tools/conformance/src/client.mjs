import { setTimeout as sleep } from 'node:timers/promises';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { createLogger } from '@sallyport/service';
import { Browser } from '@sallyport/testing/harness';
import { createRuntime } from './start-sallyport.mjs';

/**
 * The client under test is the product's upstream side: the suite starts this program with the URL of its server, the
 * product is opened with that server as its upstream, and an MCP client calls through the product.
 */
const scenario = process.env.MCP_CONFORMANCE_SCENARIO ?? '';
const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}');
const samples = { string: 'a', number: 1, integer: 1, boolean: true, array: [], object: {} };
const modern = process.env.MCP_CONFORMANCE_PROTOCOL_VERSION === '2026-07-28';

/** How often a person signs in again before they give up. */
const MOST_SIGN_INS = 3;

/** Where the suite expects what a client says of itself; TLS would end there, before this instance. */
const publicOrigin = 'https://conformance-test.local';
const publicUrl = scenario === 'auth/basic-cimd' ? `${publicOrigin}/mcp` : undefined;

const upstreamUrl = process.argv.at(-1);
const profile = process.env.SALLYPORT_CONFORMANCE_PROFILE;
const auth = await authOf();
if (auth === null) process.exit(1);
const logged = [];
const token = context.idp_id_token;
const sallyport = await createRuntime({ upstreamUrl, logger: loggerTo(logged), profile, auth, publicUrl, token });
reach(publicOrigin, sallyport.url);
try {
  if (auth?.type === 'authorization_code') await signIn(sallyport.connectUrl, sallyport.operatorToken);
  if (scenario === 'auth/authorization-server-migration') await follow(sallyport);
  await drive(sallyport);
} catch (error) {
  process.stderr.write(logged.join(''));
  throw error;
} finally {
  await sallyport.stop();
}
process.exit(process.exitCode ?? 0);

/**
 * What an operator configures who has these credentials. Few scenarios name their authorization server: who names a wrong one is told
 * which it is. Null where the product says of the server that it can't be used at all.
 */
async function authOf() {
  if (!scenario.startsWith('auth/')) return undefined;
  const auth = { ...grantOf(), client_id: context.client_id };
  const issuer = await issuerToldBy({ ...auth, issuer: 'https://not-the-one.invalid' });
  return issuer === undefined ? null : { ...auth, issuer };
}

function grantOf() {
  const { client_secret, private_key_pem: private_key, valid_jwt: assertion } = context;
  const [name, value] =
    Object.entries({ client_secret, private_key, assertion }).find(([, each]) => each !== undefined) ?? [];
  process.env.CONFORMANCE_CREDENTIAL = value;
  const credential = name === undefined ? {} : { [name]: { env: 'CONFORMANCE_CREDENTIAL' } };
  if (scenario === 'auth/wif-jwt-bearer') return { type: 'jwt_bearer', ...credential };
  if (scenario === 'auth/enterprise-managed-authorization') return { ...enterpriseManaged(), ...credential };
  const isMachine = scenario.startsWith('auth/client-credentials-');
  return { type: isMachine ? 'client_credentials' : 'authorization_code', ...credential };
}

/** Its authorization server knows one grant, so that an identity token stands for Sallyport itself, too. */
function enterpriseManaged() {
  process.env.CONFORMANCE_ID_TOKEN = context.idp_id_token;
  const { idp_issuer: issuer, idp_client_id: client_id } = context;
  return {
    type: 'enterprise_managed',
    assertion: { env: 'CONFORMANCE_ID_TOKEN' },
    identity_provider: { issuer, client_id, subject_token_type: 'id_token' },
  };
}

async function issuerToldBy(auth) {
  const lines = [];
  const wrong = await createRuntime({ upstreamUrl, logger: loggerTo(lines), profile, auth });
  try {
    if (auth.type === 'authorization_code') await signIn(wrong.connectUrl, wrong.operatorToken).catch(() => undefined);
    lines.push(await readiness(wrong));
    return issuerIn(lines);
  } finally {
    await wrong.stop();
  }
}

/** The server names another authorization server by now: the operator is told, agrees, and signs in there. */
async function follow({ connectUrl, operatorToken, configure }) {
  for (let tries = 0; tries < 60; tries += 1) {
    await signIn(connectUrl, operatorToken).catch(() => undefined);
    const issuer = issuerIn(logged);
    if (issuer !== undefined) {
      await configure({ ...auth, issuer });
      await sleep(2_000);
      return signIn(connectUrl, operatorToken);
    }
    await sleep(500);
  }
  throw new Error('nobody is told that the server names another authorization server');
}

/** Has requests to an address go to another one. */
function reach(origin, local) {
  const fetchThere = globalThis.fetch;
  globalThis.fetch = (to, ...rest) => fetchThere(String(to).replace(origin, new URL(local).origin), ...rest);
}

function loggerTo(lines) {
  return createLogger({ level: 'warn', destination: { write: (line) => lines.push(line) } });
}

function issuerIn(lines) {
  const [, issuer] = /names (\S+) as its authorization server/.exec(lines.join('\n')) ?? [];
  return issuer;
}

/** A person opens the page, says who they are and agrees; the suite's authorization server sends them back at once. */
async function signIn(link, token) {
  const browser = new Browser();
  const consent = await browser.submit(await browser.open(link), { token });
  const { status, text } = await browser.submit(consent, {});
  if (status !== 200) throw new Error(`nobody is signed in: ${text}`);
}

async function drive({ url, token, approve, connectUrl }) {
  const capabilities = { elicitation: { form: { applyDefaults: true } } };
  const negotiation = modern ? { versionNegotiation: { mode: 'auto' } } : {};
  const client = new Client({ name: 'conformance', version: '1.0.0' }, { capabilities, ...negotiation });
  client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: {} }));
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
  const tools = await toolsOf(client, approve);
  for (const call of callsOf(tools)) {
    const { content } = await signedIn(() => client.callTool(call), { token, connectUrl });
    process.stdout.write(`${call.name}: ${JSON.stringify(content)}\n`);
  }
  await client.close();
}

/** A call whose person signs in where they are told to, or where the server wants more of them, and calls again. */
async function signedIn(call, { token, connectUrl }) {
  let result = await call();
  for (let times = 0; auth?.type === 'authorization_code' && result.isError && times < MOST_SIGN_INS; times += 1) {
    const [link = connectUrl] = /https?:\S+\/connect\/\S+/.exec(JSON.stringify(result.content)) ?? [];
    process.stdout.write(`${JSON.stringify(result.content)}\n`);
    await signIn(link.replace(/["\\].*/, ''), token);
    result = await call();
  }
  return result;
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
