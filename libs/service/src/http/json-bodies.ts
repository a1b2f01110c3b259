import { BadRequestException, HttpException, UnsupportedMediaTypeException } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { parseStrict } from '@sallyport/base';
import { isSelfAnswering } from './refuse-ambiguous.ts';
import { jsonContentFault } from './request-fault.ts';

type Fastify = ReturnType<ReturnType<NestFastifyApplication['getHttpAdapter']>['getInstance']>;

/**
 * Takes bodies as strict JSON in UTF-8 and as nothing else. An empty body is none, whatever its type says: many clients
 * name a type with every POST, PUT and DELETE.
 */
export function takeJsonBodies(fastify: Fastify): void {
  fastify.addHook('preParsing', (request, reply, _payload, done) => {
    if (request.headers.expect !== undefined && !isSelfAnswering(request)) reply.raw.writeContinue();
    done();
  });
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => {
    const answer = valueOf(request.headers, Buffer.from(body));
    if (answer instanceof HttpException) done(answer);
    else done(null, answer.value);
  });
}

function valueOf(
  headers: Parameters<typeof jsonContentFault>[0],
  body: Buffer,
): HttpException | { readonly value: unknown } {
  if (body.length === 0) return { value: undefined };
  const fault = jsonContentFault(headers);
  if (fault !== null) return new UnsupportedMediaTypeException({ error: fault.error, message: fault.message });
  const parsed = parseStrict(body);
  if (parsed.ok) return { value: parsed.value };
  return new BadRequestException({
    error: 'invalid_request',
    message: `The body is not strict JSON: ${parsed.message}`,
  });
}
