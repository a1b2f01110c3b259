// @ts-check
/**
 * Sets up broker and database, and may be run again at any time: users, topics and rights at the broker; tables, roles and
 * their passwords in the database.
 */
import { migrate } from '@sallyport/adapter-postgres';
import { setUpBroker } from './broker.mjs';
import { readers, services } from './inventory.mjs';
import { patiently } from './patiently.mjs';
import { readSettings } from './settings.mjs';
import { openVolume } from './volume.mjs';
import { putUsers } from './users.mjs';

const volume = openVolume('/secrets');
const settings = await readSettings();

/** @param {string} holder @param {string} file */
function secret(holder, file) {
  const text = volume.read(holder, file);
  if (text === null) throw new Error(`${holder}/${file} is missing: run the service "secrets" first`);
  return text;
}

/** @param {string} line */
const say = (line) => console.log(line);

const admin = { username: 'admin', password: secret('setup', 'admin.password') };
const [first = ''] = settings.kafka.brokers;
const colon = first.lastIndexOf(':');
const broker = { host: first.slice(0, colon), port: Number(first.slice(colon + 1)), tls: settings.kafka.tls, admin };
const users = new Map([...services, ...readers].map((user) => [user, secret(user, 'kafka.password')]));
await patiently('users', () => putUsers(broker, users), { say });
say(`users: ${[...services, ...readers].join(', ')}`);
await patiently('topics and rights', () => setUpBroker(settings, admin, say), { say });

const { host, port, database, tls } = settings.postgres;
const passwordOf = (/** @type {string} */ service) => secret(service, 'postgres.password');
const connection = { host, port, database, tls, user: 'sallyport_owner', password: secret('setup', 'owner.password') };
const passwords = { audit: passwordOf('audit'), gateway: passwordOf('gateway'), reader: passwordOf('rate-limit') };
await patiently('database', () => migrate({ connection, passwords }), { say });
say(`database: ${database}`);
