import { expect } from 'chai';
import { dataOf, type Json, jsonOf, KEY, type Rig, useGateway } from '../support/gateway.js';

const user = (content: string) => [{ role: 'user', content }];
const PROTOCOLS: [name: string, path: string, body: (question: string) => object][] = [
  ['chat completions', '/v1/chat/completions', (question) => ({ messages: user(question) })],
  ['text completions', '/v1/completions', (question) => ({ prompt: question })],
  ['Messages', '/v1/messages', (question) => ({ max_tokens: 100, messages: user(question) })],
  ['Responses', '/v1/responses', (question) => ({ input: question })],
];

for (const [name, path, bodyFor] of PROTOCOLS) {
  describe(`The error messages of ${name}`, () => {
    const rig = useGateway({ form: 'zai' });
    const limited = useGateway({ form: 'zai', env: { API_KEYS: 'ann:key-of-ann-0001', RATE_LIMIT: '1' } });

    const ask = (question: string, fields: object = {}, { url }: Rig = rig, key = KEY) =>
      fetch(`${url}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'GLM-4.5', ...bodyFor(question), ...fields }),
      });
    const idOf = (response: Response) => response.headers.get('x-request-id');
    const messageOf = async (response: Response): Promise<string> => (await jsonOf(response)).error.message;

    it('end with the request id where the upstream failed', async () => {
      for (const word of ['sim:status=403', 'sim:code=1308', 'sim:truncate']) {
        const response = await ask(word, { stream: false });
        expect(response.status, word).to.be.greaterThan(400);
        expect(await messageOf(response), word).to.match(new RegExp(`\\(request id ${idOf(response)}\\)$`));
      }
    });

    it('end with it inside a stream, too', async () => {
      const response = await ask('sim:error-mid', { stream: true });
      expect(response.status).to.equal(200);
      const told = dataFrames(await response.text()).flatMap(messagesIn);
      expect(told).not.to.deep.equal([]);
      for (const message of told) expect(message).to.match(new RegExp(`\\(request id ${idOf(response)}\\)$`));
    });

    it('end with it after a rate limit', async () => {
      await (await ask('sim:say(x)', {}, limited, 'key-of-ann-0001')).text();
      const response = await ask('sim:say(x)', {}, limited, 'key-of-ann-0001');
      expect(response.status).to.equal(429);
      expect(await messageOf(response)).to.match(new RegExp(`\\(request id ${idOf(response)}\\)$`));
    });

    it('end without it if the request is invalid', async () => {
      const wrong: [what: string, response: Response, status: number][] = [
        ['a field', await ask('x', { top_p: 5 }), 400],
        ['a model', await ask('x', { model: 'nope' }), 404],
        ['a key', await ask('x', {}, rig, 'wrong'), 401],
        ['a path', await fetch(`${rig.url}/v1${path}`, { method: 'POST' }), 404],
        ['a method', await fetch(`${rig.url}${path}`, { method: 'PUT' }), 405],
      ];
      for (const [what, response, status] of wrong) {
        expect(response.status, what).to.equal(status);
        expect(await messageOf(response), what).not.to.contain('request id');
      }
    });
  });
}

/** Anthropic's and Responses' streams name each event before its data. */
function dataFrames(text: string): Json[] {
  return dataOf(text.replace(/^event: .*\n/gm, ''));
}

/** Where the protocols put the message of an error in a stream. */
function messagesIn(frame: Json): string[] {
  const errors: Json[] = [frame.error, frame.response?.error, frame.type === 'error' ? frame : undefined];
  return errors.flatMap((error) => (typeof error?.message === 'string' ? [error.message] : []));
}
