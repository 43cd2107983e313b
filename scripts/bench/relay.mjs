// The yardstick: the least that can translate the web chat into chat completions. No framework, no keys, no limits, no
// statistics, no errors to speak of; one write per network read. What the gateway costs beyond it is what it does beyond it.
import http from 'node:http';

const [upstream, token] = process.argv.slice(2);
const { hostname, port, pathname } = new URL(upstream);
const agent = new http.Agent({ keepAlive: true, maxFreeSockets: 1_000, scheduling: 'lifo' });
const BEFORE =
  'data: {"id":"chatcmpl-relay","object":"chat.completion.chunk","created":0,"model":"GLM-4.5","choices":[{"index":0,"delta":{"content":';
const AFTER = '},"finish_reason":null}]}\n\n';
const END =
  'data: {"id":"chatcmpl-relay","object":"chat.completion.chunk","created":0,"model":"GLM-4.5","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';

const server = http.createServer((req, res) => {
  const pieces = [];
  req.on('data', (piece) => pieces.push(piece));
  req.on('end', () => {
    const { messages } = JSON.parse(Buffer.concat(pieces).toString());
    const body = JSON.stringify({
      stream: true,
      chat_id: 'relay',
      id: '1',
      model: '0727-360B-API',
      messages,
    });
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    };
    const asked = http.request({ hostname, port, path: pathname, method: 'POST', agent, headers }, (answer) =>
      relay(answer, res),
    );
    asked.on('error', () => res.destroy());
    asked.end(body);
  });
});

function relay(answer, res) {
  res.writeHead(answer.statusCode, { 'content-type': 'text/event-stream' });
  const decoder = new TextDecoder();
  let rest = '';
  let ended = false;
  answer.on('data', (bytes) => {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop();
    let text = '';
    for (const line of lines) {
      if (ended || !line.startsWith('data: ')) continue;
      const { data } = JSON.parse(line.slice(6));
      if (data.delta_content) text += BEFORE + JSON.stringify(data.delta_content) + AFTER;
      if (!data.done) continue;
      ended = true;
      text += END;
    }
    if (text !== '' && !res.write(text)) {
      answer.pause();
      res.once('drain', () => answer.resume());
    }
  });
  answer.on('end', () => (ended ? res.end() : res.destroy()));
  res.on('close', () => answer.destroy());
}

server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
