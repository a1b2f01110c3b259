import { MAX_MESSAGE_BYTES } from './messages.ts';
import { topicSpecs, topicsOf } from './topics.ts';

const specs = topicSpecs(topicsOf('fixture'), { partitions: 6, gateways: 16 });

describe('topics', () => {
  it('keep nothing of a call for longer than minutes, whole segments included', () => {
    for (const { topic, settings = {} } of specs.filter((spec) => spec.topic !== 'fixture.audit.v1')) {
      expect([topic, Number(settings['retention.ms']) <= 600_000]).toEqual([topic, true]);
      expect([topic, settings['segment.ms']]).toEqual([topic, settings['retention.ms']]);
    }
  });

  it('take the largest message that may be sent', () => {
    expect(specs.map(({ settings }) => settings?.['max.message.bytes'])).toEqual(
      specs.map(() => `${MAX_MESSAGE_BYTES}`),
    );
  });

  it('are one for each station, one for answers with a partition for each gateway, and the feed', () => {
    expect(specs.map(({ topic, partitions }) => `${topic} ${partitions}`)).toEqual([
      'fixture.rate-limit.v1 6',
      'fixture.authorization.v1 6',
      'fixture.confirmation.v1 6',
      'fixture.decide.v1 6',
      'fixture.reply.v1 16',
      'fixture.audit.v1 6',
    ]);
  });
});
