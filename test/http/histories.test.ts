import { expect } from 'chai';
import { type Json, jsonOf, KEY, type Rig, useGateway } from '../support/gateway.js';

const PNG = 'iVBORw0KGgo=';
const DATA_URL = `data:image/png;base64,${PNG}`;
const PDF = 'JVBERi0xLjQ=';
/** Half of a character, escaped as JSON allows it. */
const HALF = '\ud83d';

/** One conversation in the words of each client protocol: a question, a call of `look`, its result, and what follows. */
interface Protocol {
  readonly path: string;
  readonly image: object;
  readonly pdf: object;
  readonly text: (words: string) => object;
  readonly body: (turns: Turns) => object;
  /** Where the newest user message stands, and its part of an image and of a PDF. */
  readonly imageParam: RegExp;
  readonly pdfParam: RegExp;
  /** Texts of an answer, whole and streamed. */
  readonly isWhole: (body: Json) => boolean;
  readonly streamEnd: string;
}

interface Turns {
  readonly result?: readonly object[];
  readonly after?: readonly object[] | string;
}

const PROTOCOLS: Record<string, Protocol> = {
  'chat completions': {
    path: '/v1/chat/completions',
    image: { type: 'image_url', image_url: { url: DATA_URL } },
    pdf: { type: 'file', file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${PDF}` } },
    text: (words) => ({ type: 'text', text: words }),
    body: ({ result, after }) => ({
      tools: [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }],
      messages: [
        { role: 'user', content: 'Look' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'look', arguments: '{}' } }],
        },
        ...(result ? [{ role: 'tool', tool_call_id: 'call_1', content: result }] : []),
        ...(after ? [{ role: 'user', content: after }] : []),
      ],
    }),
    imageParam: /^messages\[3\]\.content\[1\]\.image_url\.url$/,
    pdfParam: /^messages\[3\]\.content\[1\]$/,
    isWhole: (body) => body.choices[0].finish_reason === 'stop',
    streamEnd: '[DONE]',
  },
  Messages: {
    path: '/v1/messages',
    image: { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } },
    pdf: {
      type: 'document',
      title: 'a.pdf',
      source: { type: 'base64', media_type: 'application/pdf', data: PDF },
    },
    text: (words) => ({ type: 'text', text: words }),
    body: ({ result, after }) => ({
      max_tokens: 100,
      tools: [{ name: 'look', input_schema: { type: 'object' } }],
      messages: [
        { role: 'user', content: 'Look' },
        { role: 'assistant', content: [{ type: 'tool_use', id: 'call_1', name: 'look', input: {} }] },
        {
          role: 'user',
          content: [
            ...(result ? [{ type: 'tool_result', tool_use_id: 'call_1', content: result }] : []),
            ...(typeof after === 'string' ? [{ type: 'text', text: after }] : (after ?? [])),
          ],
        },
      ],
    }),
    imageParam: /^messages\[2\]\.content\[2\]\.source\.data$/,
    pdfParam: /^messages\[2\]\.content\[2\]\.source$/,
    isWhole: (body) => body.stop_reason === 'end_turn',
    streamEnd: 'event: message_stop',
  },
  Responses: {
    path: '/v1/responses',
    image: { type: 'input_image', image_url: DATA_URL },
    pdf: { type: 'input_file', filename: 'a.pdf', file_data: `data:application/pdf;base64,${PDF}` },
    text: (words) => ({ type: 'input_text', text: words }),
    body: ({ result, after }) => ({
      tools: [{ type: 'function', name: 'look', parameters: { type: 'object' } }],
      input: [
        { role: 'user', content: 'Look' },
        { type: 'function_call', call_id: 'call_1', name: 'look', arguments: '{}' },
        ...(result ? [{ type: 'function_call_output', call_id: 'call_1', output: result }] : []),
        ...(after ? [{ role: 'user', content: after }] : []),
      ],
    }),
    imageParam: /^input\[3\]\.content\[1\]\.image_url$/,
    pdfParam: /^input\[3\]\.content\[1\]$/,
    isWhole: (body) => body.status === 'completed',
    streamEnd: 'event: response.completed',
  },
};

const SAY = 'sim:say(fine)';
const TEXT_MODEL = 'GLM-4.6';
const VISION_MODEL = 'GLM-4.6V';
const CALL = { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{}' } };

for (const [name, protocol] of Object.entries(PROTOCOLS)) {
  describe(`Histories on ${name}`, () => {
    const zai = useGateway({ form: 'zai' });
    const web = useGateway({ form: 'web' });
    const selfHosted = useGateway({ form: 'self-hosted' });
    const { text, image, pdf } = protocol;

    const send = (rig: Rig, turns: Turns, fields: object = {}) =>
      fetch(`${rig.url}${protocol.path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: TEXT_MODEL, ...protocol.body(turns), ...fields }),
      });
    /** What the upstream is sent after the call, for a request that is answered both whole and streamed. */
    const sentAfterCall = async (turns: Turns, fields: object = {}): Promise<Json[]> => {
      const streamed = await (await send(zai, turns, { stream: true, ...fields })).text();
      expect(streamed).to.contain(protocol.streamEnd);
      const whole = await send(zai, turns, { stream: false, ...fields });
      expect(protocol.isWhole(await jsonOf(whole))).to.equal(true);
      const [first, second] = zai.upstreamChats.slice(-2).map(({ body }) => body.messages as Json[]);
      expect(first).to.deep.equal(second);
      const messages = second ?? [];
      expect(messages[1]).to.deep.include({ role: 'assistant', tool_calls: [CALL] });
      return messages.slice(2);
    };
    const result = (content: string) => ({ role: 'tool', tool_call_id: 'call_1', content });
    const error = async (response: Response) => ({
      status: response.status,
      ...(await jsonOf(response)).error,
    });

    it('have a line instead of an image or a PDF in a tool result for a text model', async () => {
      expect(await sentAfterCall({ result: [text('Seen:'), image, pdf], after: SAY })).to.deep.equal([
        result(
          `Seen:\n[image omitted: GLM-4.6 reads text only]\n[file "a.pdf" omitted: only text and images can be read here]`,
        ),
        { role: 'user', content: SAY },
      ]);
    });

    it('move an image in a tool result into the next user message for a vision model', async () => {
      const shown = { type: 'image_url', image_url: { url: DATA_URL } };
      expect(
        await sentAfterCall({ result: [text('Seen:'), image], after: SAY }, { model: VISION_MODEL }),
      ).to.deep.equal([
        result('Seen:\n[image: in the next user message]'),
        { role: 'user', content: [shown, { type: 'text', text: SAY }] },
      ]);
    });

    it('whose newest user message attaches an image or a PDF are a 400 that names the part', async () => {
      const asked = zai.upstreamChats.length;
      const seen = [text('Seen.')];
      const attached = await error(await send(zai, { result: seen, after: [text('And this?'), image] }));
      expect(attached).to.include({ status: 400, code: 'unsupported_content' });
      expect(attached.param).to.match(protocol.imageParam);
      expect(attached.message).to.match(/GLM-4\.6 reads text only; images need a vision model: GLM-/);
      for (const model of [TEXT_MODEL, VISION_MODEL]) {
        const file = await error(
          await send(zai, { result: seen, after: [text('And this?'), pdf] }, { model }),
        );
        expect(file).to.include({ status: 400, code: 'unsupported_content' });
        expect(file.param).to.match(protocol.pdfParam);
        expect(file.message).not.to.contain(PDF);
      }
      expect(zai.upstreamChats).to.have.length(asked);
    });

    it('continue over the web chat after a tool has returned an image', async () => {
      const response = await send(web, { result: [image], after: SAY }, { stream: false });
      expect(protocol.isWhole(await jsonOf(response))).to.equal(true);
      const body = JSON.stringify(web.upstreamChats.at(-1)?.body);
      expect(body)
        .to.contain('[image omitted: the web chat takes no images from guests]')
        .and.not.to.contain(PNG);
    });

    it('continue on a self-hosted model that rejects the image in a tool result', async () => {
      for (const stream of [true, false]) {
        const turns = { result: [image], after: `${SAY} sim:text-only` };
        const response = await send(selfHosted, turns, { stream, model: 'glm-4.5' });
        expect(response.status).to.equal(200);
        if (stream) expect(await response.text()).to.contain(protocol.streamEnd);
        else expect(protocol.isWhole(await jsonOf(response))).to.equal(true);
        const [offered, taken] = selfHosted.upstreamChats.slice(-2).map(({ body }) => JSON.stringify(body));
        expect(offered).to.contain(DATA_URL);
        expect(taken).to.contain('[image omitted: the upstream refused it]').and.not.to.contain(PNG);
      }
    });

    it('have a result added for a call that was interrupted', async () => {
      expect(await sentAfterCall({ after: SAY })).to.deep.equal([
        result('[no result: the call was interrupted]'),
        { role: 'user', content: SAY },
      ]);
    });

    it('lose empty texts beside tool results', async () => {
      expect(await sentAfterCall({ result: [text('Seen. sim:say(fine)')], after: [text('')] })).to.deep.equal(
        [result('Seen. sim:say(fine)')],
      );
    });

    it('contain whole characters only', async () => {
      const tools = JSON.parse(
        JSON.stringify((protocol.body({}) as Json).tools).replace('"object"', `"object","title":"\\ud83d"`),
      );
      await sentAfterCall({ result: [text(`a${HALF}`)], after: `${SAY} b${HALF}` }, { tools });
      const { body } = zai.upstreamChats.at(-1) ?? {};
      expect(body.messages.slice(2)).to.deep.equal([
        result('a\ufffd'),
        { role: 'user', content: `${SAY} b\ufffd` },
      ]);
      expect(JSON.stringify(body))
        .to.contain('"title":"\ufffd"')
        .and.not.to.match(/\\ud83d/i);
    });
  });
}
