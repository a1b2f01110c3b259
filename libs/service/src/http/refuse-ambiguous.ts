import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { ForbiddenException, NotFoundException } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { ErrorBody } from './error.filter.ts';
import type { HostCheck } from './host-check.ts';
import { requestFault } from './request-fault.ts';

/**
 * The `config` of a route that looks for faults of the head and reads the body itself, since its clients read another kind
 * of error.
 */
export const answersItself = Object.freeze({ answersItself: true });

type Fastify = ReturnType<ReturnType<NestFastifyApplication['getHttpAdapter']>['getInstance']>;

/** Says whether a request is for a route with `answersItself`. */
export function isSelfAnswering({ routeOptions }: { readonly routeOptions: { readonly config: object } }): boolean {
  return (routeOptions.config as Partial<typeof answersItself>).answersItself === true;
}

/** Refuses, before a body is read, requests that could be read in two ways and those for which there is no route. */
export function refuseAmbiguous(fastify: Fastify): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const fault = isSelfAnswering(request) ? null : requestFault(request.raw);
    if (fault === null) return done(request.is404 ? noRoute() : undefined);
    const { status, error, message } = fault;
    void reply.status(status).header('connection', 'close').send(bodyOf({ error, message }));
  });
}

/** Bytes of one part of a path: names of tools and agents have up to 512 characters, and these are percent-encoded. */
export const MAX_PATH_PART = 2_048;

/** Answers what the router can't read, before any hook has seen it, as everything else is answered. */
export function refuseTarget(
  { statusCode: status = 400 }: { readonly statusCode?: number },
  _request: object,
  { raw: response }: { readonly raw: ServerResponse },
): void {
  const fault =
    status === 414
      ? { error: 'path_too_long', message: `A part of the path is longer than ${MAX_PATH_PART} bytes.` }
      : { error: 'invalid_path', message: 'The path is not percent-encoded UTF-8.' };
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify(bodyOf(fault)));
}

function bodyOf(fault: Omit<ErrorBody, 'reference'>): ErrorBody {
  return { ...fault, reference: randomUUID() };
}

function noRoute(): NotFoundException {
  return new NotFoundException({ message: 'There is nothing at this path, or not for this method.' });
}

/** Refuses what a web page of somebody else sends, wherever a route does not look at that itself. */
export function refuseForeign(fastify: Fastify, checkHost: HostCheck): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    const { host, origin } = request.headers;
    const foreign = isSelfAnswering(request) ? null : checkHost(host, origin);
    done(foreign === null ? undefined : new ForbiddenException({ error: foreign, message: settings[foreign] }));
  });
}

const settings = {
  forbidden_host: 'This server has no such name: ask by an IP address, or have the name added to allowed_hosts.',
  forbidden_origin: 'Pages of this origin may not ask here: the operator lists those that may in allowed_origins.',
} as const;
