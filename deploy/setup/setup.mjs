// @ts-check
/**
 * Sets up broker and database, and may be run again at any time: users, topics and rights at the broker; tables, roles and
 * their passwords in the database.
 */
import { migrate } from '@sallyport/adapter-postgres';
import { setUpBroker } from './broker.mjs';
import { readers, services } from './inventory.mjs';
import { readSettings } from './settings.mjs';
import { openShelf } from './shelf.mjs';
import { putUsers } from './users.mjs';

const shelf = openShelf('/secrets');
const settings = await readSettings();

/** @param {string} holder @param {string} file */
function secret(holder, file) {
  const text = shelf.read(holder, file);
  if (text === null) throw new Error(`${holder}/${file} is missing: run the service "secrets" first`);
  return text;
}

/** @param {string} line */
const say = (line) => console.log(line);

const admin = { username: 'admin', password: secret('setup', 'admin.password') };
const [first = ''] = settings.kafka.brokers;
const colon = first.lastIndexOf(':');
await putUsers(
  { host: first.slice(0, colon), port: Number(first.slice(colon + 1)), tls: settings.kafka.tls, admin },
  new Map([...services, ...readers].map((user) => [user, secret(user, 'kafka.password')])),
);
say(`users: ${[...services, ...readers].join(', ')}`);
await setUpBroker(settings, admin, say);

const { host, port, database, tls } = settings.postgres;
const passwordOf = (/** @type {string} */ service) => secret(service, 'postgres.password');
await migrate({
  connection: { host, port, database, tls, user: 'sallyport_owner', password: secret('setup', 'owner.password') },
  passwords: { audit: passwordOf('audit'), gateway: passwordOf('gateway'), reader: passwordOf('rate-limit') },
});
say(`database: ${database}`);
