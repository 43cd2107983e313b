/** Compares the gateway's answers to Responses and legacy completions with the document that it serves. */
import { expect } from 'chai';
import { eventsOf } from '../protocol/openai-responses/shapes.js';
import { dataOf, jsonOf, KEY, useGateway } from '../support/gateway.js';
import { document, expectFits, expectValid, type Part } from './support.js';

describe('The served document', () => {
  const rig = useGateway({ form: 'zai' });
  const ask = (path: string, body: object) =>
    fetch(`${rig.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'GLM-4.5', ...body }),
    });
  /** Checks all events at once, because each check compiles its schema. */
  const expectStream = (events: unknown[], path: string) => {
    const operation: Part = document.paths[path]?.post;
    const items = operation.responses['200'].content['text/event-stream']['x-item-schema'];
    expectValid(events, { type: 'array', minItems: 3, items });
  };

  const tools = [{ type: 'function', name: 'look', description: 'Looks.', parameters: { type: 'object' } }];
  const questions: Record<string, object> = {
    'with thinking, sealed': { reasoning: { effort: 'high' }, include: ['reasoning.encrypted_content'] },
    'that calls a tool': { input: 'sim:tools', tools, tool_choice: { type: 'function', name: 'look' } },
    'that calls a freeform tool': {
      input: 'sim:tools',
      tools: [
        { type: 'namespace', name: 'mcp__docs', description: 'd', tools: [{ type: 'custom', name: 'ask' }] },
      ],
    },
    'that calls a shell, a patch and a search': {
      input: 'sim:tools-parallel',
      tools: [
        { type: 'shell' },
        { type: 'local_shell' },
        { type: 'apply_patch' },
        { type: 'tool_search', execution: 'client', parameters: { type: 'object' } },
      ],
    },
    'that reached its limit': { input: 'sim:finish=length' },
  };
  for (const [what, fields] of Object.entries(questions)) {
    it(`fits a response ${what}, whole and event by event`, async () => {
      const whole = await ask('/v1/responses', { input: 'Hello', ...fields });
      expectFits(await jsonOf(whole), 'Response');
      const stream = await ask('/v1/responses', { input: 'Hello', ...fields, stream: true });
      expectStream(eventsOf(await stream.text()), '/v1/responses');
    });
  }

  it('fits a count of input tokens', async () => {
    expectFits(
      await jsonOf(await ask('/v1/responses/input_tokens', { input: 'Hello' })),
      'ResponseInputTokens',
    );
  });

  it('fits every event of a response that fails in the middle', async () => {
    const events = eventsOf(
      await (await ask('/v1/responses', { input: 'sim:error-mid', stream: true })).text(),
    );
    expect(events.at(-1)?.type).to.equal('error');
    expectStream(events, '/v1/responses');
  });

  it('fits a text completion, whole and chunk by chunk', async () => {
    const body = { prompt: 'Hello', stream_options: { include_usage: true } };
    expectFits(await jsonOf(await ask('/v1/completions', body)), 'TextCompletion');
    const chunks = dataOf(await (await ask('/v1/completions', { ...body, stream: true })).text());
    expectStream(chunks, '/v1/completions');
  });
});
