import 'reflect-metadata';
import { configSchema } from '@sallyport/contracts';
import { EventEmitter, once } from 'node:events';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { All, Body, Controller, Get, HttpCode, Module, Param, Post } from '@nestjs/common';
import { IsInt } from 'class-validator';
import { createLogger } from './logging/create-logger.ts';
import { HealthModule } from './health/health.module.ts';
import type { HealthCheck } from './health/health-check.ts';
import { createMetrics } from './metrics/metrics.ts';
import { MetricsModule } from './metrics/metrics.module.ts';
import { type RunningService, type ServiceOptions, startService } from './start-service.ts';

class Count {
  @IsInt()
  count!: number;
}

@Controller('sample')
class SampleController {
  @Get('broken')
  broken(): never {
    throw new Error('password of the database is hunter2');
  }

  @Get('slow')
  async slow(): Promise<{ done: boolean }> {
    entered();
    await answering;
    order.push('answered');
    return { done: true };
  }

  @All('none')
  @HttpCode(200)
  none(@Body() body: unknown): { none: boolean } {
    if (body !== undefined) throw new Error('a body');
    return { none: true };
  }

  @Get('named/:name')
  named(@Param('name') name: string): number {
    return name.length;
  }

  @Post('count')
  @HttpCode(200)
  count(@Body() body: Count): Count {
    return body;
  }
}

const config = configSchema.parse({ upstreams: {} });
const order: string[] = [];
let entered = (): void => undefined;
let answering: Promise<unknown> = Promise.resolve();
const lines: string[] = [];
const logger = createLogger({ destination: { write: (text) => lines.push(text) } });
const running: RunningService[] = [];
let checks: readonly HealthCheck[] | Error = [];
let asked = 0;

@Module({
  controllers: [SampleController],
  imports: [
    HealthModule.register({
      checks: () => {
        asked += 1;
        if (checks instanceof Error) throw checks;
        return checks;
      },
    }),
    MetricsModule.register({ metrics: createMetrics({ isKnown: () => false }) }),
  ],
})
class SampleModule {}

async function start(options: Partial<ServiceOptions> = {}): Promise<RunningService> {
  const service = await startService({
    module: SampleModule,
    listen: '127.0.0.1:0',
    config,
    logger,
    signals: false,
    ...options,
  });
  running.push(service);
  return service;
}

const postTo = (url: string, body: string) =>
  fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } });

afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.stop()));
  lines.length = 0;
  checks = [];
});

describe('startService', () => {
  it('says what to do when the port is taken', async () => {
    const { url } = await start();
    const { host } = new URL(url);
    await expect(start({ listen: host })).rejects.toMatchObject({
      code: 'listen_failed',
      message: expect.stringMatching(`^${host} is in use\\..* --listen, .* listen: in sallyport.yaml\\.$`),
    });
  });

  it.each([
    ['127.0.0.1:99999', 'port of 0 to 65535'],
    ['127.0.0.1:http', 'port of 0 to 65535'],
    ['8787', 'port of 0 to 65535'],
    ['no-such-host.invalid:0', 'names no host'],
    ['192.0.2.1:0', 'no address of this machine'],
  ])('says of the address %s what is wrong, and which setting changes it', async (listen, said) => {
    await expect(start({ listen })).rejects.toMatchObject({
      code: 'listen_unusable',
      message: expect.stringMatching(`${said}.*--listen`),
    });
  });

  it.each([
    ['a text', 'text/plain', '{"count":1}', 415],
    ['a form', 'application/x-www-form-urlencoded', 'count=1', 415],
    ['another charset', 'application/json; charset=utf-16', '{"count":1}', 415],
    ['a key that comes twice', 'application/json', '{"count":1,"count":2}', 400],
    ['a byte order mark', 'application/json', '\ufeff{"count":1}', 400],
    ['bytes that are no UTF-8', 'application/json', Buffer.from('{"c\xff":1}', 'latin1'), 400],
  ])('refuses %s as a body', async (_, type, body, status) => {
    const { url } = await start();
    const answer = await fetch(`${url}/sample/count`, { method: 'POST', body, headers: { 'content-type': type } });
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ error: expect.any(String), reference: expect.any(String) });
  });

  it.each(['application/json', 'application/x-www-form-urlencoded', undefined])(
    'takes an empty body of the type %s for none',
    async (type) => {
      const { url } = await start();
      for (const method of ['POST', 'PUT', 'DELETE'])
        expect(
          (await fetch(`${url}/sample/none`, { method, ...(type && { headers: { 'content-type': type } }) })).status,
        ).toBe(200);
    },
  );

  it.each(['{"count":"many"}', '{"count":1,"more":2}', '[]', 'null', '{', '{"__proto__":{"count":1}}', '"text"'])(
    'refuses the body %s with 400 and without its values',
    async (body) => {
      const { url } = await start();
      const answer = await postTo(`${url}/sample/count`, body);
      const said = (await answer.json()) as { message: string };
      expect(answer.status).toBe(400);
      expect(said).toEqual({ error: 'invalid_request', message: expect.any(String), reference: expect.any(String) });
      expect(said.message).not.toContain('many');
    },
  );

  it('has no other routes, whatever is sent there', async () => {
    const { url } = await start();
    for (const body of ['{}', '{', 'x'.repeat(2_000_000)]) {
      const answer = await fetch(`${url}/register`, { method: 'POST', body });
      expect([answer.status, await answer.json()]).toEqual([404, expect.objectContaining({ error: 'not_found' })]);
    }
  });

  it('answers an unexpected error with a reference, and logs the rest under it', async () => {
    const { url } = await start();
    const answer = await fetch(`${url}/sample/broken`);
    const said = (await answer.json()) as { reference: string };
    expect(answer.status).toBe(500);
    expect(JSON.stringify(said)).not.toContain('hunter2');
    expect(lines.join('')).toContain(said.reference);
  });

  it('is alive, and ready only while every check holds', async () => {
    const ready = async () => fetch(`${(await start()).url}/readyz`);
    checks = [
      { name: 'journal', ok: true, detail: 'open' },
      { name: 'self-check', ok: false, detail: 'limits/refunds does not fire' },
    ];
    const not = await ready();
    expect([not.status, await not.json()]).toEqual([503, { status: 'not_ready', checks }]);
    checks = new Error('gone');
    expect((await ready()).status).toBe(503);
    checks = [{ name: 'journal', ok: true, detail: 'open' }];
    expect((await ready()).status).toBe(200);
    expect((await fetch(`${(await start()).url}/livez`)).status).toBe(200);
  });

  it('asks once for all who want to know at the same time', async () => {
    const { url } = await start();
    asked = 0;
    await Promise.all(Array.from({ length: 20 }, () => fetch(`${url}/readyz`)));
    expect(asked).toBe(1);
  });

  it.each([
    ['%zz', 400, 'invalid_path'],
    ['%e0%a4%a', 400, 'invalid_path'],
    [`sample/named/${'x'.repeat(2_049)}`, 414, 'path_too_long'],
    ['nothing', 404, 'not_found'],
  ])('refuses the path /%.12s in its own form', async (path, status, error) => {
    const { url } = await start();
    const answer = await fetch(`${url}/${path}`);
    expect(answer.status).toBe(status);
    const reference = expect.any(String) as unknown;
    expect(await answer.json()).toEqual({ error, message: expect.any(String) as unknown, reference });
  });

  it('takes names as long as they may be', async () => {
    const { url } = await start();
    expect(await (await fetch(`${url}/sample/named/${'%C3%BC'.repeat(300)}`)).text()).toBe('300');
  });

  it('serves metrics as Prometheus text', async () => {
    const { url } = await start();
    const answer = await fetch(`${url}/metrics`);
    expect(answer.headers.get('content-type')).toContain('text/plain');
    expect(await answer.text()).toContain('process_cpu_seconds_total');
  });

  it('finishes answers under way, then runs the hooks in order', async () => {
    const drained = Promise.withResolvers<void>();
    answering = drained.promise;
    const { url, stop } = await start({
      onShutdown: [
        { name: 'last', stage: 'release', run: () => void order.push('release') },
        { name: 'broken', run: () => Promise.reject(new Error('no')) },
        { name: 'first', run: () => void (order.push('drain'), drained.resolve()) },
      ],
    });
    const inside = new Promise<void>((resolve) => (entered = resolve));
    const slow = fetch(`${url}/sample/slow`).then((answer) => answer.json());
    await inside;
    expect(await stop()).toBe(false);
    expect(await slow).toEqual({ done: true });
    expect(order).toEqual(['drain', 'answered', 'release']);
  });

  describe('with a direct route', () => {
    const direct: ServiceOptions['direct'] = () => (request, response) => {
      if (request.url !== '/direct') return false;
      response.end('taken');
      return true;
    };

    it('asks it before the router, which has all else', async () => {
      const { url } = await start({ direct });
      expect(await (await fetch(`${url}/direct`)).text()).toBe('taken');
      expect((await fetch(`${url}/direct/`)).status).toBe(404);
      expect((await postTo(`${url}/direct`, '{')).status).toBe(200);
      expect((await fetch(`${url}/sample/named/x`)).status).toBe(200);
    });

    it('takes no more when the server closes', async () => {
      const answer = Promise.withResolvers<void>();
      answering = answer.promise;
      const { url, app, stop } = await start({ direct });
      const inside = new Promise<void>((resolve) => (entered = resolve));
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      let text = '';
      socket.on('data', (piece: Buffer) => (text += piece.toString()));
      socket.write('GET /sample/slow HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
      await inside;
      const stopped = stop();
      const server = app.getHttpServer() as Server;
      while (server.listening) await new Promise(setImmediate);
      const asked = once(server, 'request');
      socket.write('GET /direct HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
      await asked;
      answer.resolve();
      await Promise.all([stopped, once(socket, 'close')]);
      expect(text).toMatch(/\{"done":true\}HTTP\/1.1 503 .*connection: close/is);
    });
  });

  it.each([
    ['never sent anything', ''],
    ['sent half of a request line', 'GET /sam'],
  ])(
    'does not wait for a connection that %s',
    async (_, first) => {
      const { url, stop } = await start();
      const { hostname, port } = new URL(url);
      const socket = connect(Number(port), hostname).on('error', () => undefined);
      socket.write(first);
      await once(socket, 'connect');
      await fetch(`${url}/livez`);
      const closed = once(socket, 'close');
      expect(await stop()).toBe(true);
      await closed;
    },
    5_000,
  );

  it('does not wait for ever for a hook', async () => {
    const { stop } = await start({ stepMs: 50, onShutdown: [{ name: 'hangs', run: () => new Promise(() => {}) }] });
    expect(await stop()).toBe(false);
    expect(lines.join('')).toContain('hangs');
  });

  it('says without a stack what it leaves behind', async () => {
    const hangs = { name: 'hangs', run: () => new Promise<void>(() => {}) };
    const { stop } = await start({ stepMs: 50, onShutdown: [hangs], waitsFor: () => ['files/slow'] });
    expect(await stop()).toBe(false);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toContainEqual(
      expect.objectContaining({ msg: expect.stringContaining('0.05 s'), step: 'hangs', left: 'files/slow' }),
    );
    expect(lines.join('')).not.toContain('stack');
  });

  it('stops on the first signal and ends at once on the second', async () => {
    const source = new EventEmitter();
    const codes: number[] = [];
    const slow = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    await start({
      signals: { source, exit: (code) => codes.push(code) === 2 && ended.resolve() },
      waitsFor: () => ['a/1', 'a/2', 'a/3', 'a/4', 'a/5', 'a/6', 'a/7'],
      onShutdown: [{ name: 'slow', run: () => slow.promise }],
    });
    source.emit('SIGINT');
    expect(lines.join('')).toContain(
      'stopping: waits up to 15 s for 7 calls: a/1, a/2, a/3, a/4, a/5 and 2 more; Ctrl-C again ends at once',
    );
    source.emit('SIGINT');
    expect(codes).toEqual([130]);
    slow.resolve();
    await ended.promise;
    expect(codes).toEqual([130, 0]);
    expect(source.listenerCount('SIGTERM')).toBe(0);
  });
});
