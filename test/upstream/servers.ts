/** Small servers on real sockets. */
import { createServer } from 'node:http';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net';

export interface TestServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Answers everything with this JSON. */
export function startJsonServer(body: unknown, status = 200): Promise<TestServer> {
  return listening(
    createServer((request, response) => {
      request.resume();
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    }),
  );
}

/** Passes bytes on to another server, and tells of every connection. */
export function startProxy(target: string, onConnection: () => void): Promise<TestServer> {
  const port = Number(new URL(target).port);
  return listening(
    createTcpServer((socket) => {
      onConnection();
      const beyond = connect(port, '127.0.0.1');
      for (const [one, other] of [
        [socket, beyond],
        [beyond, socket],
      ] as const) {
        one.pipe(other);
        one.on('error', () => undefined);
        one.on('close', () => other.destroy());
      }
    }),
  );
}

async function listening(server: Server): Promise<TestServer> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}
