export {
  type CloudEvent,
  cloudEvent,
  type CloudEventSource,
  type CloudEventText,
  readCloudEvent,
  sequenceText,
} from './cloud-event.ts';
export { type EventFacts, type EventParts, newEvent } from './new-event.ts';
export { commitOf, type CommitOptions, recordFact } from './commit.ts';
export { seal, type Sealed, sealedIn } from './sealed-value.ts';
export { type PagesOptions, readPages } from './read-pages.ts';
export { createFollower, type Follower, type FollowerParts } from './follower.ts';
export { lastSequence } from './last-sequence.ts';
export { FeedGap } from './feed/batch.ts';
export { feedRecord } from './feed/feed-record.ts';
export { createRelay, type Relay, type RelayParts } from './feed/relay.ts';
