// @ts-check
import { setTimeout } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import { services } from './inventory.mjs';
import { grants, topics } from './rights.mjs';

const {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ConfigResourceTypes,
  Kafka,
  logLevel,
  ResourcePatternTypes,
} = kafkajs;

/** @typedef {import('./settings.mjs').Settings} Settings */
/** @typedef {import('kafkajs').Admin} Admin */
/** @typedef {import('kafkajs').AclEntry} AclEntry */

const WAKE_TRIES = 60;
const WAKE_PAUSE_MS = 500;

/**
 * Makes topics and rights what rights.mjs says: what is missing is added, a right that is not named there is taken away.
 *
 * @param {Settings} settings
 * @param {{ username: string, password: string }} login of a superuser
 * @param {(line: string) => void} say
 */
export async function setUpBroker(settings, login, say) {
  const kafka = new Kafka({
    clientId: 'sallyport-setup',
    brokers: [...settings.kafka.brokers],
    ssl: settings.kafka.tls,
    sasl: { mechanism: 'scram-sha-512', ...login },
    logLevel: logLevel.ERROR,
    retry: { initialRetryTime: 200, retries: 8 },
  });
  const admin = kafka.admin();
  await admin.connect();
  try {
    await makeTopics(admin, settings, say);
    await makeGrants(admin, settings, say);
    await wakeCoordinators(admin, settings);
  } finally {
    await admin.disconnect();
  }
}

/** @param {Admin} admin @param {Settings} settings @param {(line: string) => void} say */
async function makeTopics(admin, settings, say) {
  const wanted = topics(settings);
  const there = new Set(await admin.listTopics());
  const missing = wanted.filter(({ topic }) => !there.has(topic));
  if (missing.length > 0) {
    await admin.createTopics({
      waitForLeaders: true,
      topics: missing.map(({ topic, partitions, configs }) => ({
        topic,
        numPartitions: partitions,
        replicationFactor: settings.kafka.replication,
        configEntries: entries(configs),
      })),
    });
    say(`topics made: ${missing.map(({ topic }) => topic).join(', ')}`);
  }
  await grow(admin, wanted, say);
  await admin.alterConfigs({
    validateOnly: false,
    resources: wanted.map(({ topic, configs }) => ({
      type: ConfigResourceTypes.TOPIC,
      name: topic,
      configEntries: entries(configs),
    })),
  });
}

/** @param {Admin} admin @param {ReturnType<typeof topics>} wanted @param {(line: string) => void} say */
async function grow(admin, wanted, say) {
  const { topics: there } = await admin.fetchTopicMetadata({ topics: wanted.map(({ topic }) => topic) });
  const size = new Map(there.map(({ name, partitions }) => [name, partitions.length]));
  const small = wanted.filter(({ topic, partitions }) => (size.get(topic) ?? 0) < partitions);
  if (small.length === 0) return;
  await admin.createPartitions({
    topicPartitions: small.map(({ topic, partitions }) => ({ topic, count: partitions })),
  });
  say(`topics grown: ${small.map(({ topic }) => topic).join(', ')}`);
}

/** @param {Admin} admin @param {Settings} settings @param {(line: string) => void} say */
async function makeGrants(admin, settings, say) {
  const wanted = new Map(grants(settings).map((grant) => [text(aclOf(grant)), aclOf(grant)]));
  const { resources } = await admin.describeAcls(everything);
  const there = new Map(
    resources
      .flatMap(({ acls, ...resource }) => acls.map((acl) => ({ ...resource, ...acl })))
      .map((acl) => [text(acl), acl]),
  );
  const missing = [...wanted].filter(([name]) => !there.has(name));
  const stray = [...there].filter(([name]) => !wanted.has(name));
  if (missing.length > 0) await admin.createAcls({ acl: missing.map(([, acl]) => acl) });
  if (stray.length > 0) await admin.deleteAcls({ filters: stray.map(([, acl]) => acl) });
  for (const [name] of missing) say(`granted: ${name}`);
  for (const [name] of stray) say(`taken away: ${name}`);
}

/**
 * A new broker makes the place of its groups when the first one asks, and answers nobody meanwhile. Asked here, so that no
 * service has to wait for it.
 *
 * @param {Admin} admin @param {Settings} settings
 */
async function wakeCoordinators(admin, settings) {
  const [{ topic } = { topic: '' }] = topics(settings);
  for (const service of services) {
    const ask = () => admin.fetchOffsets({ groupId: `${settings.kafka.prefix}.${service}`, topics: [topic] });
    for (let tries = 1; ; tries += 1) {
      const failure = await ask().then(
        () => null,
        (error) => error,
      );
      if (failure === null) break;
      if (tries === WAKE_TRIES) throw failure;
      await setTimeout(WAKE_PAUSE_MS);
    }
  }
}

/** A filter that finds every right. */
const everything = {
  resourceType: AclResourceTypes.ANY,
  resourcePatternType: ResourcePatternTypes.ANY,
  operation: AclOperationTypes.ANY,
  permissionType: AclPermissionTypes.ANY,
};

const operations = {
  read: AclOperationTypes.READ,
  write: AclOperationTypes.WRITE,
  describe: AclOperationTypes.DESCRIBE,
};

/** @param {import('./rights.mjs').Grant} grant @returns {AclEntry} */
function aclOf({ user, operation, kind, name, prefixed }) {
  return {
    resourceType: kind === 'topic' ? AclResourceTypes.TOPIC : AclResourceTypes.GROUP,
    resourceName: name,
    resourcePatternType: prefixed ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
    principal: `User:${user}`,
    host: '*',
    operation: operations[operation],
    permissionType: AclPermissionTypes.ALLOW,
  };
}

/** @param {AclEntry} acl */
function text({ principal, host, operation, permissionType, resourceType, resourceName, resourcePatternType }) {
  const kind = { [AclResourceTypes.TOPIC]: 'topic', [AclResourceTypes.GROUP]: 'group' }[resourceType] ?? resourceType;
  const verb = Object.entries(operations).find(([, number]) => number === operation)?.[0] ?? operation;
  const allow = permissionType === AclPermissionTypes.ALLOW && host === '*' ? '' : ` (${permissionType} from ${host})`;
  const more = resourcePatternType === ResourcePatternTypes.PREFIXED ? '*' : '';
  return `${principal.slice('User:'.length)} ${verb} ${kind} ${resourceName}${more}${allow}`;
}

/** @param {Record<string, string>} configs */
const entries = (configs) => Object.entries(configs).map(([name, value]) => ({ name, value }));
