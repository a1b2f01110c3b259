export { type CloudEvent, cloudEvent, type CloudEventText, readCloudEvent, sequenceText } from './cloud-event.ts';
export { type EventFacts, type EventParts, newEvent } from './new-event.ts';
export { commitOf, recordFact } from './commit.ts';
export { seal, type Sealed, sealedIn } from './sealed-value.ts';
export { readPages } from './read-pages.ts';
export { createFollower, type Follower } from './follower.ts';
export { lastSequence } from './last-sequence.ts';
export { feedRecord } from './feed/feed-record.ts';
export { createRelay } from './feed/relay.ts';
