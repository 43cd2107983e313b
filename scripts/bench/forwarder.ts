/** Between gateway and upstream: passes bytes on as fast as they are taken, and counts them. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Forwarder {
  readonly url: string;
  /** Bytes of answers that left the upstream's side for the gateway's, over all connections. */
  handedOver(): number;
  stop(): void;
}

/** `pipe` reads only what is taken, but for one buffer of 64 kB: what is counted is what the gateway's socket took. */
export async function startForwarder(upstream: URL): Promise<Forwarder> {
  const sockets: Socket[] = [];
  const server = createServer((fromGateway) => {
    const toUpstream = connect(Number(upstream.port), upstream.hostname);
    sockets.push(fromGateway, toUpstream);
    fromGateway.pipe(toUpstream).pipe(fromGateway);
    // Whoever leaves takes the other along.
    for (const [one, other] of [
      [fromGateway, toUpstream],
      [toUpstream, fromGateway],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    // Half of the sockets are the upstream's: what the gateway asked is hundreds of bytes, and counts for nothing.
    handedOver: () => sockets.reduce((sum, one, at) => (at % 2 === 0 ? sum + taken(one) : sum), 0),
    stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** Node counts what still waits in its own buffer as written. */
function taken(socket: Socket): number {
  return socket.bytesWritten - socket.writableLength;
}
