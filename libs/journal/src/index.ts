export {
  type CloudEvent,
  cloudEvent,
  type CloudEventSource,
  type CloudEventText,
  readCloudEvent,
  sequenceText,
} from './cloud-event.ts';
export { FeedGap } from './feed/batch.ts';
export { feedRecord } from './feed/feed-record.ts';
export { createRelay, type Relay, type RelayParts } from './feed/relay.ts';
