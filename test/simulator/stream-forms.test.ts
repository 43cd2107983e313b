import { expect } from 'chai';
import { askOpenAi, eventsOf, type Json, payloads, textOf, useSimulator } from './client.js';

const tool = (name: string, properties: object = {}) => ({
  type: 'function',
  function: { name, parameters: { type: 'object', properties, required: Object.keys(properties) } },
});
const QUIET = { chat_template_kwargs: { enable_thinking: false } };

describe('the odd streams of an OpenAI-like server', () => {
  const simulator = useSimulator();
  const ask = (question: string, fields: object = {}) =>
    askOpenAi(`${simulator().url}/v1`, question, { ...QUIET, ...fields });
  const wire = async (question: string, fields: object = {}) => (await ask(question, fields)).text();
  const chunksOf = async (question: string, fields: object = {}) => eventsOf(await ask(question, fields));

  const FRAMES = [
    ['empty', /^(data: \{.*\}\n\ndata:\n\n)+data: \[DONE\]\n\ndata:\n\n$/],
    ['comments', /^(: PROCESSING\n\ndata: \{.*\}\n\n)+: PROCESSING\n\ndata: \[DONE\]\n\n$/],
    ['spaces', /^(data: {3}\{.*\} {2}\n\n)+data: {3}\[DONE\] {2}\n\n$/],
    ['tight', /^(data:\{.*\}\n\n)+data:\[DONE\]\n\n$/],
    ['crlf', /^(data: \{.*\}\r\n\r\n)+data: \[DONE\]\r\n\r\n$/],
    ['fields', /^(event: message\nid: \d+\nretry: 3000\ndata: \{.*\}\n\n)+event: message\n/],
  ] as const;

  it('have frames of the form that was asked for', async () => {
    for (const [form, pattern] of FRAMES)
      expect(await wire(`sim:frames=${form} sim:say(one two)`), form).to.match(pattern);
  });

  it('have chunks with text in parts, and thinking among them', async () => {
    const chunks = await chunksOf('sim:chunk-as=parts sim:think-long=1 sim:say(one two)', {
      chat_template_kwargs: {},
    });
    const parts = chunks.flatMap(({ choices }) => choices[0].delta.content || []);
    expect(parts.at(-1)).to.deep.equal({ type: 'text', text: ' two' });
    expect(parts[0]).to.deep.equal({ type: 'thinking', thinking: [{ type: 'text', text: 'Thought' }] });
  });

  it('have chunks with every member, a message, running usage, or no choice at first', async () => {
    const [, nulls] = await chunksOf('sim:chunk-as=nulls sim:say(one)');
    expect(nulls.choices[0].delta).to.include({ content: 'one', reasoning_content: null, tool_calls: null });
    const [, message] = await chunksOf('sim:chunk-as=message sim:say(one)');
    expect(message.choices[0]).to.have.property('message').that.includes({ content: 'one' });
    expect(message.choices[0]).not.to.have.property('delta');
    const running = await chunksOf('sim:chunk-as=usage sim:say(one)');
    expect(running.every(({ usage }) => usage.prompt_tokens === 1)).to.equal(true);
    const [first, second] = await chunksOf('sim:chunk-as=choiceless sim:say(one)');
    expect(first.choices).to.deep.equal([]);
    expect(second.choices).to.have.length(1);
  });

  it('end after the finish reason and usage without [DONE]: with an error, with garbage, or cut', async () => {
    const counting = { stream_options: { include_usage: true } };
    const error = payloads(await wire('sim:end=error sim:say(one)', counting));
    expect(JSON.parse(error.at(-2) ?? '')).to.have.property('usage');
    expect(JSON.parse(error.at(-1) ?? '')).to.have.property('error');
    expect(await wire('sim:end=garbage sim:say(one)')).to.match(
      /"finish_reason":"stop".*\n\ndata: \{"ch\S+\n\n$/,
    );
    const cut = await ask('sim:end=reset sim:say(one)');
    const read: string[] = [];
    const failure = await readInto(cut, read).catch((reason: Error) => reason);
    expect(failure).to.be.an('error');
    expect(read.join(''))
      .to.match(/"finish_reason":"stop"/)
      .and.not.to.contain('[DONE]');
  });

  it('stay open after the finish reason', async () => {
    const leaving = new AbortController();
    const response = await ask('sim:end=silence sim:say(one)', { signal: leaving.signal });
    await readUntil(response, /"finish_reason":"stop"[^\n]*\n\n$/);
    expect(simulator().openStreams).to.equal(1);
    leaving.abort();
  });

  it('glue an event that breaks off to the next one, losing none', async () => {
    const text = await wire('sim:glued sim:after=1 sim:say(one two three)');
    const glued = text.split('\n\n')[1] ?? '';
    expect(glued).to.match(/^data: \{"id":"chatcmpl-[^}]*data: \{"id":"chatcmpl-.*\}$/);
    const whole = text.replace(/^data: (?:(?!data: ).)+(?=data: \{)/m, '');
    expect(
      textOf(
        payloads(whole)
          .slice(0, -1)
          .map((payload) => JSON.parse(payload)),
        'content',
      ),
    ).to.equal('one two three');
  });

  it('are a whole completion, under either content type', async () => {
    const whole = await ask('sim:whole sim:say(one)');
    expect(whole.headers.get('content-type')).to.equal('application/json');
    expect(((await whole.json()) as Json).choices[0].message.content).to.equal('one');
    const mislabelled = await ask('sim:whole sim:content-type=text/event-stream sim:say(one)');
    expect(mislabelled.headers.get('content-type')).to.equal('text/event-stream');
    const stream = await ask('sim:content-type=application/json sim:say(one)');
    expect(stream.headers.get('content-type')).to.equal('application/json');
    expect(await stream.text()).to.match(/^data: /);
  });

  describe('with calls', () => {
    const tools = [tool('look', { at: { type: 'string' } }), tool('rest')];
    const piecesOf = async (form: string, word = 'tools-parallel') =>
      (await chunksOf(`sim:${word} sim:tools-as=${form}`, { tools })).flatMap(
        ({ choices }) => choices[0].delta.tool_calls ?? [],
      );
    const argumentsOf = (pieces: Json[], index: number) =>
      pieces.flatMap((piece) => (piece.index === index ? piece.function.arguments : [])).join('');
    const LOOK = '{"at":"Oslo 奥斯陆"}';

    it('write the arguments twice', async () => {
      const pieces = await piecesOf('twice');
      expect(argumentsOf(pieces, 0)).to.equal(LOOK + LOOK);
      expect(argumentsOf(pieces, 1)).to.equal('{}{}');
    });

    it('write two calls by turns', async () => {
      const pieces = await piecesOf('turns');
      expect(pieces.slice(0, 4).map(({ index }) => index)).to.deep.equal([0, 1, 0, 1]);
      expect([argumentsOf(pieces, 0), argumentsOf(pieces, 1)]).to.deep.equal([LOOK, '{}']);
    });

    it('leave the arguments of the last call unfinished', async () => {
      const pieces = await piecesOf('cut');
      expect([argumentsOf(pieces, 0), argumentsOf(pieces, 1)]).to.deep.equal([LOOK, '{']);
      const chunks = await chunksOf('sim:tools sim:tools-as=cut sim:finish=length', { tools });
      expect(chunks.at(-1).choices[0].finish_reason).to.equal('length');
    });

    it('write the arguments of all calls into the first', async () => {
      const pieces = await piecesOf('joined');
      expect(argumentsOf(pieces, 0)).to.equal(`${LOOK}{}`);
      expect(pieces.some(({ index }) => index === 1)).to.equal(false);
    });

    it('write arguments as objects, or calls without numbers, or with the same', async () => {
      expect((await piecesOf('parsed'))[0].function.arguments).to.deep.equal({ at: 'Oslo 奥斯陆' });
      expect((await piecesOf('unnumbered'))[0]).not.to.have.property('index');
      expect((await piecesOf('zero')).map(({ index }) => index)).to.deep.equal([0, 0]);
    });
  });
});

async function readInto(response: Response, read: string[]): Promise<void> {
  const decoder = new TextDecoder();
  for await (const part of response.body ?? []) read.push(decoder.decode(part, { stream: true }));
}

async function readUntil(response: Response, pattern: RegExp): Promise<void> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ''; !pattern.test(text); ) {
    const { value, done } = (await reader?.read()) ?? { done: true };
    if (done) throw new Error(`The stream ended after: ${text}`);
    text += value;
  }
  reader?.releaseLock();
}
