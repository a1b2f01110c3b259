export { createRelay, type Relay, type RelayParts } from './relay.ts';
export { feedRecord } from './feed-record.ts';
export { FeedGap } from './batch.ts';
