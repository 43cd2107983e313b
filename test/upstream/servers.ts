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

// biome-ignore lint/suspicious/noExplicitAny: tests look into requests of any shape
export type ChatBody = any;

/** A text or a call to stream, or an error to answer with: with status 200, as an event of the stream. */
export type ChatAnswer =
  | string
  | { readonly call: string; readonly arguments: string }
  | { readonly status: number; readonly error: unknown };

export interface ChatServer extends TestServer {
  /** The bodies it was asked with, oldest first. */
  readonly bodies: ChatBody[];
}

/** An OpenAI-compatible server with one model, `glm-4.6`, whatever the path. */
export async function startChatServer(answer: (body: ChatBody) => ChatAnswer): Promise<ChatServer> {
  const bodies: ChatBody[] = [];
  const server = await listening(
    createServer(async (request, response) => {
      if (request.method === 'GET') {
        const data = [{ id: 'glm-4.6', object: 'model' }];
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data }));
        return;
      }
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      const body = JSON.parse(Buffer.concat(parts).toString());
      bodies.push(body);
      const said = answer(body);
      if (typeof said === 'object' && 'status' in said) {
        if (said.status === 200) {
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          response.end(`data: ${JSON.stringify({ error: said.error })}\n\ndata: [DONE]\n\n`);
          return;
        }
        response
          .writeHead(said.status, { 'content-type': 'application/json' })
          .end(JSON.stringify(said.error));
        return;
      }
      const delta = typeof said === 'string' ? { content: said } : { tool_calls: [toolCall(said)] };
      const reason = typeof said === 'string' ? 'stop' : 'tool_calls';
      const chunks = [{ delta }, { delta: {}, finish_reason: reason }].map((choice) =>
        JSON.stringify({ choices: [{ index: 0, ...choice }] }),
      );
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end([...chunks, '[DONE]'].map((data) => `data: ${data}\n\n`).join(''));
    }),
  );
  return { ...server, bodies };
}

function toolCall({ call: name, arguments: text }: { call: string; arguments: string }) {
  return { index: 0, id: 'call_1', type: 'function', function: { name, arguments: text } };
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

export async function listening(server: Server): Promise<TestServer> {
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
