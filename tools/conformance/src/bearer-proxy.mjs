import { createServer, request as httpRequest } from 'node:http';

/**
 * A loopback hop that adds a bearer token to every request and changes nothing else: the suite's command line can't send
 * headers, and the product takes no request without a token. Host and Origin go through as they came, since a scenario
 * is about them. Answers `{ port, close }`.
 */
export async function startBearerProxy({ url, token }) {
  const { hostname, port } = new URL(url);

  const server = createServer((incoming, response) => {
    const headers = { ...incoming.headers, authorization: `Bearer ${token}` };
    const { method, url: path } = incoming;
    const outgoing = httpRequest({ hostname, port, method, path, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      response.flushHeaders();
      answer.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    response.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  });

  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: server.address().port,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
