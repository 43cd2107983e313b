// A proxy between an agent and the gateway that records the model of each request and of its answer.
import { createServer, request as openRequest } from 'node:http';

/** Resolves when it listens. @param {string} target origin of the gateway */
export async function startRecorder(target) {
  /** @type {import('./agents.d.mts').NamedModels[]} */
  const answers = [];
  const server = createServer(async (request, response) => {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const body = Buffer.concat(pieces);
    const { 'accept-encoding': _, ...headers } = request.headers; // the answer must be readable here
    const options = { method: request.method, headers };
    const upstream = openRequest(new URL(request.url, target), options, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => {
        answers.push({ asked: modelIn(body.toString()), named: nameIn(Buffer.concat(parts).toString()) });
      });
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    upstream.on('error', () => response.destroy());
    response.on('close', () => upstream.destroy());
    upstream.end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    answers,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function modelIn(body) {
  return body === '' ? undefined : JSON.parse(body).model;
}

/** In every protocol the first `model` in the body is the answer's model. */
function nameIn(text) {
  return /"model":\s*"([^"]*)"/.exec(text)?.[1];
}
