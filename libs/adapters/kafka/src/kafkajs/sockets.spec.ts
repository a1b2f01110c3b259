import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type Sockets, trackSockets } from './sockets.ts';

describe('the sockets of a client', () => {
  let server: Server;
  let sockets: Sockets;

  beforeEach(async () => {
    sockets = trackSockets();
    server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(async () => {
    server.close();
    await once(server, 'close'); // never comes while one of them is open
  });

  /** Plain text, as the library asks for it by leaving `ssl` out. */
  function made(): Socket {
    const { port } = server.address() as AddressInfo;
    return sockets.make({ host: '127.0.0.1', port, onConnect: () => undefined } as Parameters<Sockets['make']>[0]);
  }

  it('are ended with an error, which is all that the library listens for', async () => {
    const open = [made(), made()];
    await Promise.all(open.map((socket) => once(socket, 'connect')));
    const ended = open.map((socket) => once(socket, 'error'));
    sockets.destroy();
    expect(await Promise.all(ended)).toEqual(open.map(() => [new Error('the client is closed')]));
  });

  it('end at once when they are made after the client is closed', async () => {
    sockets.destroy();
    const [error] = await once(made(), 'error');
    expect(error).toEqual(new Error('the client is closed'));
  });
});
