// @ts-check
/**
 * Proves the image of the package and docker-compose.yml from nothing to nothing: `npm run test:compose`. In a project and on
 * a port of its own, so that an instance that is up stays as it is. Everything is bounded in time; what it made is removed,
 * also when it fails.
 */
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const project = `sallyport-proof-${process.pid}`;
const port = await freePort();
const url = `http://127.0.0.1:${port}`;
const env = { ...process.env, SALLYPORT_PORT: String(port), COMPOSE_ANSI: 'never', COMPOSE_PROGRESS: 'quiet' };
const began = performance.now();
const MINUTE = 60_000;
let calls = 0;

/** @param {string} line */
function say(line) {
  console.log(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${line}`);
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/**
 * @param {string[]} command
 * @param {{ within?: number, quiet?: boolean }} [options] milliseconds; whether to print nothing unless it fails
 * @returns {Promise<string>} what it printed
 * @throws Error where it fails or takes too long
 */
function run([program = '', ...args], { within = MINUTE, quiet = true } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: within });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (part) => {
        text += part;
        if (!quiet) process.stdout.write(part);
      });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(text);
      if (quiet) process.stdout.write(text);
      reject(new Error(`${program} ${args.join(' ')}: ${signal ? 'took too long' : `exit code ${code}`}`));
    });
  });
}

/** @param {string[]} args @param {Parameters<typeof run>[1]} [options] */
const compose = (args, options) => run(['docker', 'compose', '-p', project, ...args], options);

/** @returns {Promise<boolean>} whether Sallyport is ready, as somebody on this machine sees it */
async function ready() {
  const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
  return answer?.ok === true;
}

/** @param {string} service @returns {Promise<boolean>} whether its own check says so */
async function healthy(service) {
  const id = (await compose(['ps', '-q', service])).trim();
  return (await run(['docker', 'inspect', '--format', '{{.State.Health.Status}}', id])).trim() === 'healthy';
}

/**
 * @param {string} what
 * @param {() => Promise<boolean>} holds
 * @returns {Promise<string>} seconds
 */
async function until(what, holds) {
  const started = performance.now();
  while (!(await holds())) {
    if (performance.now() - started > 2 * MINUTE) throw new Error(`${what}: not after 2 minutes`);
    await pause(250);
  }
  return ((performance.now() - started) / 1000).toFixed(1);
}

/** One call of a tool that is read only, over the published port. @returns {Promise<boolean>} whether it was allowed */
async function allowed() {
  return (await decision().catch(() => null)) === 'allow';
}

async function decision() {
  const { Client, StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client');
  const client = new Client({ name: 'proof', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  const requestInit = { headers: { authorization: 'Bearer dev-erin' } };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit }));
  // Another order each time: the fourth identical call of a minute is refused.
  calls += 1;
  const order = String(1001 + (calls % 8));
  const result = await client.callTool({ name: 'orders__get_order', arguments: { order_id: order } });
  await client.close();
  const meta = /** @type {any} */ (result._meta?.['dev.sallyport/decision']);
  return meta?.decision;
}

async function locked() {
  const ids = (await compose(['ps', '-q'])).trim().split('\n');
  const containers = JSON.parse(await run(['docker', 'inspect', ...ids]));
  const open = containers.flatMap(({ Name, Config, HostConfig }) => {
    const faults = [];
    if (['', '0', 'root', '0:0'].includes(Config.User)) faults.push('runs as root');
    if (!HostConfig.ReadonlyRootfs) faults.push('can write to its file system');
    if (!HostConfig.CapDrop?.includes('ALL')) faults.push('has capabilities');
    if (!HostConfig.SecurityOpt?.some((/** @type {string} */ option) => option.startsWith('no-new-privileges')))
      faults.push('may gain privileges');
    if (!HostConfig.Memory || !HostConfig.NanoCpus || !HostConfig.PidsLimit) faults.push('has no limits');
    return faults.map((fault) => `${Name} ${fault}`);
  });
  if (open.length > 0) throw new Error(open.join('; '));
  const published = containers.flatMap(({ HostConfig }) =>
    Object.values(HostConfig.PortBindings ?? {}).flatMap((bindings) => bindings ?? []),
  );
  if (published.length !== 1 || published[0].HostIp !== '127.0.0.1')
    throw new Error(`published: ${JSON.stringify(published)}`);
  say(`${containers.length} containers: none is root, each is read-only, limited and without capabilities; one port`);
}

/** Neither another container nor another name reaches development users: only this machine does. */
async function endpointClosed() {
  const script = `fetch('http://gateway:8787/livez').then((r) => console.log(r.status), () => console.log('refused'))`;
  const answer = await compose(['exec', '-T', 'authorization', 'node', '-e', script]);
  if (answer.trim() !== 'refused') throw new Error(`another container came in at the gateway: ${answer}`);
  say('another container is not let in at the gateway');
}

const proof = ['node', '--disable-warning=TimeoutNegativeWarning', '/app/deploy/setup/prove-rights.mjs'];

async function rights() {
  const text = await compose(['run', '--rm', '--no-deps', '-T', '--entrypoint', proof.join(' '), 'setup'], {
    within: 2 * MINUTE,
  });
  say(`rights at the broker: ${text.trim().split('\n').at(-1)}`);
}

async function restarts() {
  for (const service of [
    'rate-limit',
    'authorization',
    'confirmation',
    'audit',
    'gateway',
    'redis',
    'postgres',
    'kafka',
  ]) {
    const patient = { within: 2 * MINUTE };
    await compose(['restart', service], patient);
    const own = await until(`${service} is healthy again`, () => healthy(service));
    const ours = await until('Sallyport is ready again', ready);
    const served = await until('a call is allowed again', allowed);
    say(
      `${service} restarted: healthy after ${own} s, Sallyport ready after ${ours} s more, a call allowed after ${served} s more`,
    );
  }
}

/** Everything at once, in no order: what ran to its end runs again, and nothing may be left failed. */
async function restartsTogether() {
  await compose(['restart'], { within: 3 * MINUTE });
  const served = await until('a call is allowed after a restart of all', allowed);
  await until('every service is well', async () => {
    const rows = (await compose(['ps', '--all', '--format', 'json'])).trim().split('\n');
    return rows.every((row) => {
      const { State, ExitCode, Health } = JSON.parse(row);
      return State === 'exited' ? ExitCode === 0 : State === 'running' && ['healthy', ''].includes(Health);
    });
  });
  say(`all restarted at once: nothing failed, a call allowed after ${served} s`);
}

/** The other image: the package, installed, locked in as the services are, with its configuration in a volume. */
async function embedded() {
  const secret = `id=npmrc,src=${process.env['NPMRC'] ?? '.npmrc'}`;
  const from = process.env['NODE_IMAGE'] ? ['--build-arg', `NODE_IMAGE=${process.env['NODE_IMAGE']}`] : [];
  await run(['docker', 'build', '--target', 'embedded', ...from, '--secret', secret, '-t', project, '.'], {
    within: 10 * MINUTE,
  });
  const lock = ['--init', '--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--tmpfs', '/tmp'];
  const box = [...lock, '--network', 'none', '-v', `${project}:/config`];
  const client = `require('fs').writeFileSync('client.json', '{"mcpServers": {"away": {"url": "http://127.0.0.1:9/mcp"}}}')`;
  await run(['docker', 'run', '--rm', ...box, '--entrypoint', 'node', project, '-e', client]);
  await run(['docker', 'run', '--rm', ...box, project, 'init', 'client.json']);
  await run(['docker', 'run', '-d', '--name', project, ...box, project]);
  const ask = `fetch('http://127.0.0.1:8787/livez').then((r) => console.log(r.status), () => console.log('refused'))`;
  const inside = (/** @type {string[]} */ command) => run(['docker', 'exec', project, ...command]);
  const served = await until('the package serves', async () => (await inside(['node', '-e', ask])).trim() === '200');
  await inside(['sallyport', 'approvals']);
  await run(['docker', 'stop', project]);
  const code = (await run(['docker', 'inspect', '--format', '{{.State.ExitCode}}', project])).trim();
  if (code !== '0') throw new Error(`the package ended with ${code}`);
  say(`the image of the package serves after ${served} s, is reached by its commands, and ends in order`);
}

async function prove() {
  say(`project ${project}, port ${port}`);
  await embedded();
  await compose(['config', '--quiet']);
  await compose(['build'], { within: 10 * MINUTE });
  say('image built');
  await compose(['up', '-d', '--wait'], { within: 5 * MINUTE });
  say('up: every service is healthy');
  await locked();
  await endpointClosed();
  await rights();
  await run(['npm', 'run', 'demo', '--', '--url', `${url}/mcp`], { within: 2 * MINUTE, quiet: false });
  say('the demo went as it should');
  await restarts();
  await restartsTogether();
  await compose(['up', '-d', '--wait'], { within: 5 * MINUTE });
  say(`up again over what is there: a call allowed after ${await until('a call is allowed', allowed)} s`);
}

try {
  await prove();
} catch (error) {
  say(`failed: ${error instanceof Error ? error.message : error}`);
  const log = await compose(['logs', '--no-color', '--tail', '15']).catch(() => '');
  console.log(log);
  process.exitCode = 1;
} finally {
  await compose(['down', '-v', '--timeout', '5'], { within: 2 * MINUTE });
  for (const kind of ['container', 'volume', 'image'])
    await run(['docker', kind, 'rm', '--force', project]).catch(() => undefined);
  say('down, with its volumes');
}
