import type { ServerResponse } from 'node:http';
import { BadRequestException, Controller, Get, Headers, Inject, Query, Res, UseGuards } from '@nestjs/common';
import { ApiTags } from '../openapi/describe.ts';
import { Act, CurrentCaller } from '../auth/act.decorator.ts';
import { AdminAuthHook } from '../auth/admin.auth-hook.ts';
import { type Caller, oneTenant } from '../auth/caller.ts';
import { EventFeed, type FeedRequest, type FeedSink } from './event-feed.ts';
import { type EventPage, EventReader } from './event-reader.ts';
import { EventsQuery, StreamQuery } from './events.dto.ts';
import { parseCursor } from './feed-cursor.ts';

interface Reply {
  hijack(): unknown;
  readonly raw: ServerResponse;
}

/** The record, in pages and as it grows. */
@ApiTags('events')
@Controller('admin/v1/events')
@UseGuards(AdminAuthHook)
export class EventsController {
  readonly #reader: EventReader;
  readonly #feed: EventFeed;

  constructor(@Inject(EventReader) reader: EventReader, @Inject(EventFeed) feed: EventFeed) {
    this.#reader = reader;
    this.#feed = feed;
  }

  @Get()
  @Act('events.read', { who: 'admin', takes: ['query'], says: 'A page of a tenant’s log' })
  page(@CurrentCaller() caller: Caller, @Query() { after, limit, deny }: EventsQuery): Promise<EventPage> {
    return this.#reader.page(oneTenant(caller), { after, limit, deny });
  }

  /** Server-sent events; resumes by `Last-Event-ID`. Ends when the caller's token does. */
  @Get('stream')
  @Act('events.follow', {
    who: 'admin',
    takes: ['query'],
    says: 'The log as server-sent events; resumes by Last-Event-ID',
  })
  async stream(
    @CurrentCaller() caller: Caller,
    @Query() query: StreamQuery,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res() reply: Reply,
  ): Promise<void> {
    const request = feedRequest(caller, query, lastEventId);
    const leave = this.#feed.enter(caller);
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
    const sink = sinkOf(raw, caller.principal.expiresAt);
    try {
      await this.#feed.follow(request, sink);
    } finally {
      leave();
      raw.end();
    }
  }
}

function feedRequest(
  caller: Caller,
  { tenant, after, deny }: StreamQuery,
  lastEventId: string | undefined,
): FeedRequest {
  const begin = lastEventId || after;
  const from = begin === undefined ? null : begin === '0' ? new Map<string, number>() : parseCursor(begin);
  if (begin !== undefined && from === null) throw new BadRequestException('The cursor is not one of ours.');
  return { caller, everyTenant: caller.kind === 'operator' && tenant === undefined, deny, from };
}

function sinkOf(raw: ServerResponse, expiresAt: number | null): FeedSink {
  const gone = new AbortController();
  raw.once('close', () => gone.abort());
  const signals = [gone.signal];
  if (expiresAt !== null) signals.push(AbortSignal.timeout(Math.min(2 ** 31 - 1, Math.max(0, expiresAt - Date.now()))));
  const signal = AbortSignal.any(signals);
  return {
    signal,
    write: (text) =>
      new Promise((resolve) => {
        if (raw.destroyed || signal.aborted) return resolve(false);
        if (raw.write(text)) return resolve(true);
        const done = (): void => {
          raw.off('drain', done);
          signal.removeEventListener('abort', done);
          resolve(!signal.aborted);
        };
        raw.once('drain', done);
        signal.addEventListener('abort', done, { once: true });
      }),
  };
}
