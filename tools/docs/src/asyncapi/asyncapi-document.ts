import type { EventType } from '@sallyport/contracts';
import { stringify } from 'yaml';
import { eventMeanings } from '../event-meanings.ts';
import { feedContract, type Schema } from './feed-contract.ts';

interface Reference {
  readonly $ref: string;
}

const described = `Every fact on record, by tenant. Sallyport sends; consumers read and never write.

This is the only topic that is published. The topics between gateway, stations and audit are internal: they are kept for minutes,
their messages are authenticated for their receivers alone, and they change without notice.

- The value is the stored event exactly, byte for byte: the leaf of the tenant's log is the hash of it.
- The key is the tenant. All records of a tenant are in one partition.
- \`sequence\` counts each tenant's records from 1 without a gap: a number that never comes is a record that is missing.
- A record may come more than once, and after a failure some come again from further back. Ignore what you have.
- Event types, optional members, and values of enumerations are added. Pass over those that you don't know. Nothing
  else of a released schema changes.`;

/** The feed as an AsyncAPI 3 document, from the schemas that check what is written. */
function asyncApiDocument() {
  const { headers, attributes, data } = feedContract();
  const types = Object.keys(data) as EventType[];
  const channel = ref('channels/feed');
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Sallyport audit feed',
      version: '1.0.0',
      description: described,
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/cloudevents+json',
    servers: {
      kafka: {
        host: '{broker}',
        protocol: 'kafka',
        description: 'The Kafka of the deployment (`cluster.kafka.brokers`).',
        variables: { broker: { default: 'kafka:9092' } },
        security: [ref('components/securitySchemes/scram')],
      },
    },
    channels: {
      feed: {
        address: '{prefix}.audit.v1',
        title: 'The audit feed',
        parameters: { prefix: { default: 'sallyport', description: '`cluster.kafka.prefix` of the configuration.' } },
        messages: Object.fromEntries(types.map((type) => [type, ref(`components/messages/${type}`)])),
      },
    },
    operations: {
      sendFeed: {
        action: 'send',
        channel,
        summary: 'Sent in the order of the log, acknowledged by all in-sync replicas, as soon as it is on record.',
        messages: types.map((type) => ref(`channels/feed/messages/${type}`)),
      },
    },
    components: {
      securitySchemes: { scram: { type: 'scramSha512' } },
      messages: Object.fromEntries(types.map((type) => [type, messageOf(type)])),
      schemas: { Headers: headers, Attributes: attributes, ...data },
    },
  };
}

export type AsyncApiDocument = ReturnType<typeof asyncApiDocument>;

function messageOf(type: EventType) {
  const { says, stream } = eventMeanings[type];
  const own: Schema = {
    type: 'object',
    properties: {
      type: { const: `dev.sallyport.${type}.v1` },
      data: ref(`components/schemas/${type}`),
    },
    required: ['data'],
  };
  return {
    name: `dev.sallyport.${type}.v1`,
    summary: says,
    description: `Stream: \`${stream}\``,
    contentType: 'application/cloudevents+json',
    headers: ref('components/schemas/Headers'),
    payload: { allOf: [ref('components/schemas/Attributes'), own] },
    bindings: { kafka: { key: { type: 'string', description: 'The tenant.' } } },
  };
}

/** A fragment for each use: one object used twice would be printed as an anchor. */
function ref(path: string): Reference & Schema {
  return { $ref: `#/${path}` };
}

/** `docs/reference/asyncapi.yaml` */
export function asyncApiPage(): string {
  const head =
    '# Written by `npm run docs` from libs/contracts/src/events. Change it there, or in tools/docs/src/asyncapi.\n';
  return head + stringify(asyncApiDocument(), { aliasDuplicateObjects: false, lineWidth: 0 });
}
