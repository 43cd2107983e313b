import { expect } from 'chai';
import OpenAI from 'openai';
import { zodFunction, zodResponseFormat } from 'openai/helpers/zod';
import type { RunnableTools } from 'openai/lib/RunnableFunction';
import { z } from 'zod';
import { type Json, UPSTREAM_FORMS, useGateway } from '../support/gateway.js';
import { DESCRIPTIONS, TIME, TOOL_CASES, Toolbox, WEATHER } from './tools.js';

type Message = OpenAI.ChatCompletionMessageParam;
type Answer = OpenAI.ChatCompletionMessage;

const TOOLS: OpenAI.ChatCompletionFunctionTool[] = [
  { type: 'function', function: { name: 'get_weather', parameters: z.toJSONSchema(WEATHER) } },
  { type: 'function', function: { name: 'get_time', parameters: z.toJSONSchema(TIME) } },
];
const user = (content: string): Message[] => [{ role: 'user', content }];

for (const { what, form, model, middle } of TOOL_CASES) {
  describe(`Tools with the openai SDK and the upstream ${what}`, () => {
    const rig = useGateway({ form });
    const chat = () => rig.sdk().chat.completions;

    const whole = async (messages: Message[], fields: object = {}): Promise<Answer> => {
      const { choices } = await chat().create({ model, messages, tools: TOOLS, ...fields });
      expect(choices[0]?.finish_reason).to.equal(choices[0]?.message.tool_calls ? 'tool_calls' : 'stop');
      return choices[0]?.message as Answer;
    };

    /** Puts the chunks together by hand, as the documentation of OpenAI has it. */
    const streamed = async (messages: Message[], fields: object = {}): Promise<Answer> => {
      const answer: Json = { role: 'assistant', content: null };
      const stream = await chat().create({ model, messages, tools: TOOLS, stream: true, ...fields });
      let reason: unknown;
      for await (const { choices } of stream) {
        const { delta, finish_reason } = choices[0] ?? expect.fail('a chunk without a choice');
        if (delta.content) answer.content = (answer.content ?? '') + delta.content;
        for (const { index, ...piece } of delta.tool_calls ?? []) {
          answer.tool_calls ??= [];
          answer.tool_calls[index] ??= piece;
          if (answer.tool_calls[index] !== piece)
            answer.tool_calls[index].function.arguments += piece.function?.arguments;
        }
        reason = finish_reason ?? reason;
      }
      expect(reason).to.equal(answer.tool_calls ? 'tool_calls' : 'stop');
      return answer;
    };

    for (const [way, ask] of Object.entries({ whole, streamed })) {
      it(`run through a loop by hand, ${way}`, async () => {
        const toolbox = new Toolbox();
        const messages = user('What now? sim:tools');
        const ids: string[] = [];
        for (let round = 0; round < 5; round += 1) {
          const answer = await ask(messages);
          if (!answer.tool_calls) return toolbox.expectLoop(answer.content);
          expect(answer.content).to.equal(null);
          messages.push(answer);
          for (const call of answer.tool_calls) {
            if (call.type !== 'function') throw new Error(call.type);
            ids.push(call.id);
            const run = toolbox[call.function.name as keyof typeof DESCRIPTIONS];
            messages.push({
              role: 'tool',
              tool_call_id: call.id,
              content: run(JSON.parse(call.function.arguments)),
            });
          }
          expect(new Set(ids)).to.have.property('size', ids.length);
        }
        throw new Error('the loop does not end');
      });

      it(`are called at once where that is allowed, ${way}, and one at a time where not`, async () => {
        const both = await ask(user('sim:tools-parallel'));
        expect(both.tool_calls?.map((call: Json) => call.function.name)).to.deep.equal([
          'get_weather',
          'get_time',
        ]);
        const one = await ask(user('sim:tools-parallel'), { parallel_tool_calls: false });
        expect(one.tool_calls).to.have.length(1);
      });

      it(`are chosen: one by its name, some, or none, ${way}`, async () => {
        const named = await ask(user('sim:tools'), {
          tool_choice: { type: 'function', function: { name: 'get_time' } },
        });
        expect(named.tool_calls?.map((call: Json) => call.function.name)).to.deep.equal(['get_time']);
        expect((await ask(user('sim:tools'), { tool_choice: 'required' })).tool_calls).to.have.length(1);
        const none = await ask(user('sim:tools'), { tool_choice: 'none' });
        expect(none.tool_calls).to.equal(undefined);
        expect(none.content).to.match(/^\*Simulated answer/);
      });
    }

    const runnable = (toolbox: Toolbox): RunnableTools<Json[]> =>
      (
        [
          ['get_weather', WEATHER],
          ['get_time', TIME],
        ] as const
      ).map(([name, parameters]) =>
        zodFunction({ name, parameters, description: DESCRIPTIONS[name], function: toolbox[name] }),
      ) as Json;

    it('run by runTools, whole', async () => {
      const toolbox = new Toolbox();
      const tools = runnable(toolbox);
      const runner = chat().runTools({ model, messages: user('What now? sim:tools'), tools });
      toolbox.expectLoop(await runner.finalContent());
    });

    it('run by runTools, streamed', async () => {
      const toolbox = new Toolbox();
      const tools = runnable(toolbox);
      const runner = chat().runTools({ model, messages: user('What now? sim:tools'), tools, stream: true });
      toolbox.expectLoop(await runner.finalContent());
    });

    it('come parsed out of the stream helper', async () => {
      const tools = [zodFunction({ name: 'get_weather', parameters: WEATHER })];
      const done: unknown[] = [];
      const stream = chat().stream({ model, messages: user('sim:tools'), tools });
      stream.on('tool_calls.function.arguments.done', (call) => done.push(call.parsed_arguments));
      const { choices } = await stream.finalChatCompletion();
      const [call] = choices[0]?.message.tool_calls ?? [];
      expect(call?.function.parsed_arguments).to.deep.equal({ city: 'Oslo 奥斯陆', unit: 'celsius' });
      expect(done).to.deep.equal([call?.function.parsed_arguments]);
    });

    it('that are cut in the middle are an error, and are never run', async () => {
      const before = rig.records.length;
      const toolbox = new Toolbox();
      const tools = runnable(toolbox);
      for (const mishap of ['cut', 'error-mid', 'truncate']) {
        const messages = user(`sim:tools sim:${mishap} ${middle} sim:pace=1`);
        const attempts = {
          whole: () => whole(messages),
          streamed: () => streamed(messages),
          'runTools, whole': () => chat().runTools({ model, messages, tools }).done(),
          'runTools, streamed': () => chat().runTools({ model, messages, tools, stream: true }).done(),
          'the stream helper': () => chat().stream({ model, messages, tools: TOOLS }).finalChatCompletion(),
        };
        for (const [way, attempt] of Object.entries(attempts)) {
          const failure = await attempt().then(
            () => `${way} did not fail`,
            (error: unknown) => error,
          );
          expect(failure, `${mishap}, ${way}`).to.be.instanceOf(OpenAI.OpenAIError);
        }
      }
      expect(toolbox.called).to.deep.equal([]);
      await rig.record(() => rig.records.length >= before + 15);
      const outcomes = rig.records.slice(before).map(({ outcome }) => outcome);
      expect(outcomes.filter((outcome) => outcome === 'ok')).to.deep.equal([]);
    });
  });
}

describe('Tools in requests to the upstream', () => {
  const zai = useGateway({ form: 'zai' });
  const ask = (messages: Message[], fields: object = {}) =>
    zai.sdk().chat.completions.create({ model: 'GLM-4.6', messages, tools: TOOLS, ...fields });

  it('include the thinking that led to a call, together with its result', async () => {
    const thinking = { reasoning_effort: 'medium' };
    const messages = user('What now? sim:tools');
    const { choices } = await ask(messages, thinking);
    const answer = choices[0]?.message as Json;
    expect(answer.reasoning_content).to.match(/^The user asks/);
    const [call] = answer.tool_calls;
    await ask([...messages, answer, { role: 'tool', tool_call_id: call.id, content: '4 degrees' }], thinking);
    expect(zai.upstreamChats.at(-1)?.body.messages.slice(1)).to.deep.equal([
      { role: 'assistant', content: '', reasoning_content: answer.reasoning_content, tool_calls: [call] },
      { role: 'tool', tool_call_id: call.id, content: '4 degrees' },
    ]);
  });

  it('replace a named tool by words where the upstream does not know that choice', async () => {
    await ask(user('sim:tools'), { tool_choice: { type: 'function', function: { name: 'get_time' } } });
    const { tools, tool_choice, tool_stream, messages } = zai.upstreamChats.at(-1)?.body ?? {};
    expect(tools.map((tool: Json) => tool.function.name)).to.deep.equal(['get_time']);
    expect({ tool_choice, tool_stream }).to.deep.equal({ tool_choice: undefined, tool_stream: true });
    expect(messages[0].content).to.contain('a call of the tool "get_time"');
  });
});

for (const form of UPSTREAM_FORMS) {
  describe(`JSON with the openai SDK and the upstream ${form}`, () => {
    const rig = useGateway({ form });
    const Plan = z.object({
      city: z.string(),
      days: z.array(z.object({ date: z.iso.date(), hours: z.number() })),
    });
    const asked = (content: string) => ({
      model: 'GLM-4.5',
      messages: user(content),
      response_format: zodResponseFormat(Plan, 'plan'),
    });

    it('fits a zod schema, whole and streamed', async () => {
      const { choices } = await rig.sdk().chat.completions.parse(asked('Plan a trip.'));
      expect(choices[0]?.message.parsed).to.deep.equal({
        city: 'Oslo 奥斯陆',
        days: [{ date: '2026-02-03', hours: 1 }],
      });
      const stream = rig.sdk().chat.completions.stream(asked('Plan a trip.'));
      const streamed = await stream.finalChatCompletion();
      expect(streamed.choices[0]?.message.parsed).to.deep.equal(choices[0]?.message.parsed);
    });

    it('is an error if it never fits the schema', async () => {
      for (const attempt of [
        () => rig.sdk().chat.completions.parse(asked('sim:json-wrong=always')),
        () => rig.sdk().chat.completions.stream(asked('sim:json-wrong=always')).finalChatCompletion(),
      ]) {
        const failure = await attempt().catch((error: unknown) => error);
        expect(failure).to.be.instanceOf(OpenAI.APIError);
      }
    });
  });
}
