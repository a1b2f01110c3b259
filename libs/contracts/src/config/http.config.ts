import { z } from 'zod';
import { duration } from './scalars.config.ts';

const time = duration.refine(
  (ms) => ms > 0,
  'more than 0: without a time limit one client could hold a connection for ever',
);

/** What a client may cost before anybody knows who it is. Holds for every port that is listened on. */
export const http = z
  .strictObject({
    headers_within: time
      .default(10_000)
      .describe('The headers of a request, from the first byte of the connection on.'),
    request_within: time
      .default(30_000)
      .describe('A whole request with its body. How long its answer takes is not counted.'),
    idle: time.default(72_000).describe('A connection between two requests; longer than the proxy in front keeps it.'),
    stalled: time.default(30_000).describe('A client that takes nothing of an answer or stream.'),
    connections: z.int().positive().default(4_096).describe('Open connections in all.'),
    connections_per_address: z
      .int()
      .positive()
      .default(1_024)
      .describe('Open connections of one address (IPv6: of one /64). Behind a proxy all are the proxy’s.'),
    body_bytes: z
      .int()
      .positive()
      .default(134_217_728)
      .describe(
        'Bytes of MCP requests that are kept until they are whole and parsed, in all. More are answered with 503.',
      ),
    body_bytes_per_subject: z
      .int()
      .positive()
      .default(16_777_216)
      .describe('The same for one subject: at least twice `max_request_bytes`. More are answered with 429.'),
    answer_bytes: z
      .int()
      .positive()
      .default(268_435_456)
      .describe(
        'Bytes of answers that clients have not taken yet, in all. At more, requests are answered with 503 until some are taken.',
      ),
    answer_bytes_per_subject: z.int().positive().default(67_108_864).describe('The same for one subject, with 429.'),
  })
  .superRefine((settings, context) => {
    const { headers_within: headers, request_within: request, connections, connections_per_address: each } = settings;
    const { body_bytes: bodies, body_bytes_per_subject: own } = settings;
    const { answer_bytes: answers, answer_bytes_per_subject: ownAnswers } = settings;
    if (headers > request)
      tell('headers_within', 'is longer than request_within, which ends it before: write a shorter time');
    if (own > bodies) tell('body_bytes_per_subject', 'is more than body_bytes lets in: write a smaller number');
    if (ownAnswers > answers)
      tell('answer_bytes_per_subject', 'is more than answer_bytes lets in: write a smaller number');
    if (each > connections) tell('connections_per_address', 'is more than connections lets in: write a smaller number');
    function tell(key: string, message: string): void {
      context.addIssue({ code: 'custom', path: [key], message });
    }
  });

export type HttpConfig = z.output<typeof http>;
