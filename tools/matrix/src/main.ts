import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clientFeatureRows } from './client-feature-rows.ts';
import { clientRows } from './client-rows.ts';
import { npmSpeakers, pythonSpeakers } from './client-speakers.ts';
import { npmClients, pythonClients } from './clients.ts';
import { featureRows } from './feature-rows.ts';
import { npmFeatureServers, pythonFeatureServers } from './feature-servers.ts';
import { writePage } from './page.ts';
import { hasPython } from './python.ts';
import { serverRows } from './server-rows.ts';
import { makeGround, npmServers, pythonServers } from './servers.ts';

/** `npm run matrix`: published servers and clients with Sallyport between them; writes docs/reference/compatibility.md. */
const inCi = process.env['CI'] === 'true';
setTimeout(() => fail(['not done in 8 minutes']), 480_000).unref();

const python = await hasPython();
const missing = '`python3 -m venv` does not work here: what is from PyPI was left out, and the page was not written';
const ground = await makeGround(mkdtempSync(join(tmpdir(), 'sallyport-matrix-')));
const servers = [...npmServers(ground), ...(python ? await pythonServers(ground) : [])];
const rows = await serverRows(servers);
const featureServers = [...(await npmFeatureServers()), ...(python ? await pythonFeatureServers() : [])];
const features = await featureRows(featureServers);
for (const server of featureServers) await server.close();
const clients = await clientRows([...npmClients, ...(python ? pythonClients : [])]);
const clientFeatures = await clientFeatureRows([...npmSpeakers, ...(python ? pythonSpeakers : [])]);
ground.close();
rmSync(ground.folder, { recursive: true, force: true });

const faults = [...rows, ...features, ...clients, ...clientFeatures].flatMap((row) => row.faults);
for (const { server, check, cells } of rows) console.log(server.id, check, ...Object.values(cells));
for (const { server, feature, cells } of features) console.log(server.id, feature, ...Object.values(cells));
for (const { kind, path, cells } of clients) console.log(`${kind.id}, ${path}:`, ...Object.values(cells));
for (const { feature, cells } of clientFeatures) console.log('clients', feature, ...Object.values(cells));
if (!python) console.log(missing);
if (!python && inCi) faults.push(missing);
if (python && !(await writePage({ servers: rows, features, clients, clientFeatures })) && inCi)
  faults.push('docs/reference/compatibility.md was not as it came out');
if (faults.length > 0) fail(faults);
process.exit(0);

function fail(lines: readonly string[]): never {
  for (const line of lines) console.error(line);
  process.exit(1);
}
