import { existsSync, realpathSync } from 'node:fs';
import { type OutgoingHttpHeaders, request } from 'node:http';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { LoadedConfig } from '@sallyport/config';
import { CONFIG, PROTOCOL, type Refused, socketAddress } from './local-socket.ts';
import { CallerUnknown } from './caller-unknown.ts';

/** An instance that does not answer for so long is taken for none. */
const ANSWER_MS = 10_000;

/** Thrown where the running instance does not take this client, or keeps the data directory. */
export class JoinRefused extends Error {
  readonly code = 'join_refused';
}

/**
 * Joins the instance that has the data directory.
 *
 * @returns the stream to it, or null where none listens
 * @throws CallerUnknown for a token that it does not take; JoinRefused
 */
export function joinInstance({ data, file }: LoadedConfig, token: string | undefined): Promise<Duplex | null> {
  const headers = {
    connection: 'Upgrade',
    upgrade: PROTOCOL,
    ...configuration(file),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  if (!existsSync(data)) return Promise.resolve(null);
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: socketAddress(data), headers, timeout: ANSWER_MS })
      .on('upgrade', (_response, stream, head) => {
        asked.setTimeout(0);
        stream.unshift(head);
        resolve(stream);
      })
      .on('timeout', () => asked.destroy())
      .on('response', (response) => text(response).then((body) => reject(refusal(body)), reject))
      // Nobody is there, or is no more.
      .on('error', () => resolve(null));
    asked.end();
  });
}

/**
 * Asks the instance that has the data directory to hand it over.
 *
 * @returns whether one was there, which has agreed
 * @throws JoinRefused where it keeps it: it serves itself, or has another configuration
 */
export function askToHandOver({ data, file }: LoadedConfig): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const to = { socketPath: socketAddress(data), method: 'POST', headers: configuration(file) };
    const asked = request({ ...to, timeout: ANSWER_MS })
      .on('timeout', () => asked.destroy())
      .on('response', (response) => {
        const answer = text(response).then((body) => response.statusCode === 202 || Promise.reject(refusal(body)));
        answer.then(resolve, reject);
      })
      .on('error', () => resolve(false));
    asked.end();
  });
}

function configuration(file: string): OutgoingHttpHeaders {
  return { [CONFIG]: encodeURIComponent(realpathSync(file)) };
}

function refusal(body: string): Error {
  const { refused, message } = JSON.parse(body) as Refused;
  return refused === 'unknown_caller' ? new CallerUnknown(message) : new JoinRefused(message);
}
