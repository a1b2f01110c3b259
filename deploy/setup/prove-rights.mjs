// @ts-check
/**
 * Tries, as each user of the broker, to write to and to read from every topic, and says where the broker did otherwise than
 * the table below. The table is written out, not taken from rights.mjs, which is what it is there to check.
 */
import kafkajs from 'kafkajs';
import { readSettings } from './settings.mjs';
import { openVolume } from './volume.mjs';

const { Kafka, logLevel } = kafkajs;

const may = {
  gateway: { write: ['rate-limit', 'decide', 'reply'], read: ['reply'] },
  'rate-limit': { write: ['rate-limit', 'authorization', 'decide'], read: ['rate-limit'] },
  authorization: { write: ['authorization', 'confirmation', 'decide'], read: ['authorization'] },
  confirmation: { write: ['confirmation', 'decide'], read: ['confirmation'] },
  audit: { write: ['decide', 'reply', 'audit'], read: ['decide'] },
  'feed-reader': { write: [], read: ['audit'] },
};
const topics = ['rate-limit', 'authorization', 'confirmation', 'decide', 'reply', 'audit'];
const LOOK_MS = 8_000;

const volume = openVolume('/secrets');
const { kafka: settings } = await readSettings();

/** @type {Record<string, string>} where it is not the service's name */
const groupOf = { 'feed-reader': 'feed-proof', gateway: `${settings.prefix}.reply.v1.inbox.proof` };

/** @param {string} user @param {string | null} password */
function clientOf(user, password) {
  return new Kafka({
    clientId: `proof-${user}`,
    brokers: [...settings.brokers],
    sasl: { mechanism: 'scram-sha-512', username: user, password: password ?? '' },
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 50, maxRetryTime: 1000, retries: 10 },
  });
}

/** @param {import('kafkajs').Kafka} kafka @param {string} topic @returns {Promise<boolean>} whether the broker took it */
async function writes(kafka, topic) {
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  // No station can read this, and each throws away what it can't read.
  const sent = await producer.send({ topic, acks: -1, messages: [{ value: 'proof' }] }).catch(refusedOnly);
  await producer.disconnect();
  return sent !== null;
}

/**
 * @param {import('kafkajs').Kafka} kafka
 * @param {{ topic: string, group: string }} what
 * @returns {Promise<boolean>} whether a fetch came back
 */
async function reads(kafka, { topic, group }) {
  const consumer = kafka.consumer({ groupId: group, allowAutoTopicCreation: false, maxWaitTimeInMs: 100 });
  const seen = new Promise((resolve) => {
    consumer.on(consumer.events.FETCH, () => resolve(true));
    consumer.on(consumer.events.CRASH, ({ payload }) => resolve(payload.error));
    setTimeout(() => resolve(null), LOOK_MS).unref();
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic });
    await consumer.run({ autoCommit: false, eachMessage: async () => {} });
    const answer = await seen;
    if (answer === null) throw new Error(`nothing was heard of ${topic}`);
    if (answer !== true) throw answer;
    return true;
  } catch (error) {
    return refusedOnly(error) !== null;
  } finally {
    await consumer.disconnect();
  }
}

/** @param {any} error @returns {null} @throws whatever is no refusal by the broker's grants */
function refusedOnly(error) {
  if (/AUTHORIZATION_FAILED$/.test(error.type ?? error.cause?.type ?? '')) return null;
  // What the client makes of a group that it may not join.
  if (error.name === 'KafkaJSGroupCoordinatorNotFound') return null;
  throw error;
}

/** @param {string} user @param {{ write: string[], read: string[] }} rights @returns {Promise<string[]>} what went otherwise */
async function prove(user, rights) {
  const kafka = clientOf(user, volume.read(user, 'kafka.password'));
  const own = groupOf[user] ?? `${settings.prefix}.${user}.proof`;
  const wrong = [];
  for (const name of topics) {
    const topic = `${settings.prefix}.${name}.v1`;
    if ((await writes(kafka, topic)) !== rights.write.includes(name)) wrong.push(`${user} writes ${topic}`);
    if ((await reads(kafka, { topic, group: own })) !== rights.read.includes(name))
      wrong.push(`${user} reads ${topic}`);
  }
  const [mine = ''] = rights.read;
  const foreign = { topic: `${settings.prefix}.${mine}.v1`, group: `${settings.prefix}.somebody` };
  if (await reads(kafka, foreign)) wrong.push(`${user} joins the group ${foreign.group}`);
  return wrong;
}

/** @returns {Promise<string[]>} what went otherwise */
async function proveStranger() {
  const admin = clientOf('gateway', 'not-the-password').admin();
  return admin.connect().then(
    () => ['a wrong password is taken'],
    () => [],
  );
}

const found = await Promise.all([...Object.entries(may).map(([user, rights]) => prove(user, rights)), proveStranger()]);
const wrong = found.flat();
for (const line of wrong) console.log(`otherwise than it should be: ${line}`);
const tried = Object.keys(may).length * (topics.length * 2 + 1) + 1;
console.log(`${tried} attempts, ${wrong.length} went otherwise than they should`);
process.exit(wrong.length === 0 ? 0 : 1);
