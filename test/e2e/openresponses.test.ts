/** The HTTP cases that https://www.openresponses.org/compliance asks, held against OpenAI's published shapes. */
import { expect } from 'chai';
import { checkStream, eventsOf, responseShape } from '../protocol/openai-responses/shapes.js';
import { type Json, jsonOf, KEY, useGateway } from '../support/gateway.js';

const HEART =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';
const message = (role: string, content: unknown) => ({ type: 'message', role, content });
const WEATHER = {
  type: 'function',
  name: 'get_weather',
  description: 'Get the current weather for a location',
  parameters: {
    type: 'object',
    properties: { location: { type: 'string', description: 'The city and state' } },
    required: ['location'],
  },
};
const weather = {
  input: [message('user', 'What is the weather like in San Francisco? sim:tools')],
  tools: [WEATHER],
};

interface Case {
  name: string;
  body: object;
  model?: string;
  stream?: boolean;
  /** Types of what is answered. */
  output: string[];
}

const CASES: Case[] = [
  {
    name: 'a basic text',
    body: { input: [message('user', 'Say hello in exactly 3 words.')] },
    output: ['message'],
  },
  {
    name: 'a stream',
    body: { input: [message('user', 'Count from 1 to 5.')] },
    stream: true,
    output: ['message'],
  },
  {
    name: 'a system prompt',
    body: { input: [message('system', 'You are a pirate.'), message('user', 'Say hello.')] },
    output: ['message'],
  },
  { name: 'a call of a tool', body: weather, output: ['function_call'] },
  { name: 'a call of a tool in a stream', body: weather, stream: true, output: ['function_call'] },
  {
    name: 'an image',
    body: {
      input: [
        message('user', [
          { type: 'input_text', text: 'What do you see in this image?' },
          { type: 'input_image', image_url: HEART },
        ]),
      ],
    },
    model: 'GLM-4.5V',
    output: ['message'],
  },
  {
    name: 'several turns',
    body: {
      input: [
        message('user', 'My name is Alice.'),
        message('assistant', 'Hello Alice!'),
        message('user', 'What is my name?'),
      ],
    },
    output: ['message'],
  },
  {
    name: 'the result of a tool',
    body: {
      tools: [WEATHER],
      input: [
        message('user', 'What is the weather like in San Francisco?'),
        { type: 'function_call', call_id: 'call_1', name: 'get_weather', arguments: '{"location":"SF"}' },
        { type: 'function_call_output', call_id: 'call_1', output: '18 degrees' },
      ],
    },
    output: ['message'],
  },
];

describe('OpenResponses’ compliance cases', () => {
  const rig = useGateway({ form: 'zai' });

  for (const { name, body, model = 'GLM-4.5', stream = false, output } of CASES) {
    it(`answer ${name} as published`, async () => {
      const response = await fetch(`${rig.url}/v1/responses`, {
        method: 'POST',
        headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model, ...body, stream }),
      });
      expect(response.status).to.equal(200);
      const resource = stream ? finalOf(await response.text()) : await jsonOf(response);
      expect(responseShape.safeParse(resource).error?.issues ?? []).to.deep.equal([]);
      expect(resource).to.deep.include({ status: 'completed', error: null, incomplete_details: null });
      expect(resource).to.include({ temperature: 1, top_p: 1, presence_penalty: 0, frequency_penalty: 0 });
      expect(resource.completed_at).to.be.within(resource.created_at, Math.ceil(Date.now() / 1000));
      expect(resource.output.map(({ type }: Json) => type)).to.deep.equal(output);
    });
  }
});

function finalOf(stream: string): Json {
  const events = eventsOf(stream);
  checkStream(events);
  const last = events.at(-1);
  return last && 'response' in last ? last.response : expect.fail('the stream has no end');
}
