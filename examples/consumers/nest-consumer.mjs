// @ts-check
// A NestJS microservice that follows the feed, counts decisions, and tells whether it has every record.
// Decorators are called as functions here, so that Node runs the file as it is; in TypeScript write them with an @.
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { Controller, Inject, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, EventPattern, Payload, Transport } from '@nestjs/microservices';
import { Partitioners } from 'kafkajs';
import { createCompleteness, lineOf } from './completeness.mjs';
import { clientOf, feedOptions, onStop } from './feed-options.mjs';

const usage = `npx node examples/consumers/nest-consumer.mjs [--brokers <host:port,…>] [--topic <name>] [--from-beginning]

Prints a line per tenant whenever something came. Ctrl-C ends it: exit code 0 if nothing is missing, else 1.`;

const { brokers, topic, 'from-beginning': fromBeginning } = feedOptions({ usage, own: {} });

/** What has been seen so far. In memory: a service of your own would keep it where it keeps its results. */
class Counts {
  completeness = createCompleteness({ fromStart: fromBeginning });
  /** @type {Map<string, Record<string, number>>} */
  decisions = new Map();
  changed = false;

  /** @param {string} tenant @param {{ sequence: string, type: string, data: { decision?: string } }} event */
  take(tenant, { sequence, type, data }) {
    if (!this.completeness.take(tenant, Number(sequence))) return;
    this.changed = true;
    if (type !== 'dev.sallyport.call.decided.v1' || !data.decision) return;
    const counts = this.decisions.get(tenant) ?? { allow: 0, deny: 0, hold: 0 };
    counts[data.decision] = (counts[data.decision] ?? 0) + 1;
    this.decisions.set(tenant, counts);
  }

  /** @returns {boolean} whether nothing is missing */
  print() {
    this.changed = false;
    const reports = this.completeness.report();
    if (reports.length === 0) console.log('No records yet.');
    for (const report of reports) {
      const counts = Object.entries(this.decisions.get(report.tenant) ?? {}).map(([what, n]) => `${n} ${what}`);
      console.log(counts.length === 0 ? lineOf(report) : `${lineOf(report)}; decisions: ${counts.join(', ')}`);
    }
    return reports.length > 0 && reports.every(({ missing }) => missing.length === 0);
  }
}

class FeedController {
  /** @param {Counts} counts */
  constructor(counts) {
    this.counts = counts;
  }

  /**
   * Nest has parsed the value. A record that is no event can't be put right by another try, so it is told and passed over.
   *
   * @param {any} event
   * @param {import('@nestjs/microservices').KafkaContext} context
   */
  record(event, context) {
    const tenant = String(context.getMessage().key);
    if (typeof event?.sequence === 'string') this.counts.take(tenant, event);
    else console.error(`No event at offset ${context.getMessage().offset} of partition ${context.getPartition()}.`);
  }
}
const { prototype } = FeedController;
Controller()(FeedController);
Inject(Counts)(FeedController, undefined, 0);
EventPattern(topic)(prototype, 'record', /** @type {any} */ (Object.getOwnPropertyDescriptor(prototype, 'record')));
Payload()(prototype, 'record', 0);
Ctx()(prototype, 'record', 1);

class ConsumerModule {}
Module({ controllers: [FeedController], providers: [Counts] })(ConsumerModule);

const app = await NestFactory.createMicroservice(ConsumerModule, {
  logger: ['error', 'warn'],
  transport: Transport.KAFKA,
  options: {
    client: clientOf(brokers, process.env),
    // The count begins again with the process, so the group does too. Nest would add `-server` to its name.
    postfixId: '',
    consumer: { groupId: `feed-counts-${randomUUID()}`, sessionTimeout: 6_000, maxWaitTimeInMs: 500 },
    subscribe: { fromBeginning },
    producer: { createPartitioner: Partitioners.DefaultPartitioner },
  },
});
const counts = app.get(Counts);
await app.listen();
const timer = setInterval(() => counts.changed && counts.print(), 1_000);

onStop(async () => {
  clearInterval(timer);
  await app.close();
  process.exitCode = counts.print() ? 0 : 1;
});
