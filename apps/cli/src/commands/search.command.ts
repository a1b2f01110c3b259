import { setTimeout as sleep } from 'node:timers/promises';
import { remote, remoteCommand, type RemoteOptions } from '../context.ts';
import { exitCodes } from '../failure.ts';
import { eventFilter, filterOptions, type FilterOptions } from '../output/event-filter.ts';
import { feedLine, type FeedItem } from '../output/feed-line.ts';
import type { AddCommand } from '../run.ts';

interface Page {
  readonly tenant: string;
  readonly events: readonly FeedItem['event'][];
  readonly names: FeedItem['names'];
  readonly next: number;
  readonly more: boolean;
}

const limit = '1000';
/** Pages are work for an instance, which answers twenty requests a second of one person. */
const pauseMs = 60;

/** `search`: what is on record, by the same choice as `tail`. */
export const addSearch: AddCommand = (program, context, done) => {
  filterOptions(remoteCommand(program.command('search')))
    .description('decisions on record, oldest first')
    .option('--tenant <tenant>', 'where several tenants are on record')
    .action(async function search(options: RemoteOptions & FilterOptions & { tenant?: string }) {
      const { client, output, command } = await remote(context, options);
      const isChosen = eventFilter(options, Date.now());
      const query = { tenant: options.tenant, deny: options.deny ? 'true' : undefined, limit };
      let page: Page | null = null;
      let found = 0;
      while (page === null || page.more) {
        if (page !== null) await sleep(pauseMs, undefined, { signal: context.signal });
        const after: string | undefined = page === null ? undefined : String(page.next);
        page = await client.get<Page>('/events', { ...query, after });
        const { tenant, events, names } = page;
        for (const item of events.map((event) => ({ tenant, event, names })).filter(isChosen)) {
          found += 1;
          if (output.json) output.value(item.event);
          else output.line(feedLine(item, { ...output, dated: true }, command));
        }
      }
      if (found === 0) output.note('Nothing on record is like that.');
      done(exitCodes.ok);
    });
};
