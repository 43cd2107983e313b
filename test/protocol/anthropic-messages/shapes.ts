/** Anthropic's published answers as strict schemas, and the order of a stream's events. */
import type Anthropic from '@anthropic-ai/sdk';
import { expect } from 'chai';
import { z } from 'zod';

const count = z.int().min(0);
const deltaUsage = {
  input_tokens: count,
  output_tokens: count,
  cache_creation_input_tokens: count,
  cache_read_input_tokens: count,
  output_tokens_details: z.strictObject({ thinking_tokens: count }).nullable(),
  server_tool_use: z.null(),
};
const usage = z.strictObject({
  ...deltaUsage,
  cache_creation: z.null(),
  inference_geo: z.null(),
  service_tier: z.literal('standard'),
  speed: z.null(),
});
const end = {
  stop_reason: z.enum(['end_turn', 'max_tokens', 'stop_sequence', 'tool_use', 'refusal']).nullable(),
  stop_sequence: z.string().nullable(),
  stop_details: z
    .strictObject({ type: z.literal('refusal'), category: z.null(), explanation: z.null() })
    .nullable(),
  container: z.null(),
};
const text = z.strictObject({ type: z.literal('text'), text: z.string() });
const thinking = z.strictObject({ type: z.literal('thinking'), thinking: z.string(), signature: z.string() });
const toolUse = z.strictObject({
  type: z.literal('tool_use'),
  id: z.string().min(1),
  name: z.string().min(1),
  input: z.record(z.string(), z.unknown()),
  caller: z.strictObject({ type: z.literal('direct') }),
});
const block = z.discriminatedUnion('type', [text, thinking, toolUse]);
const message = z.strictObject({
  id: z.string().regex(/^msg_\w+$/),
  type: z.literal('message'),
  role: z.literal('assistant'),
  model: z.string().min(1),
  content: z.array(block),
  diagnostics: z.null(),
  usage,
  ...end,
});
const delta = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text_delta'), text: z.string() }),
  z.strictObject({ type: z.literal('thinking_delta'), thinking: z.string() }),
  z.strictObject({ type: z.literal('signature_delta'), signature: z.string().min(1) }),
  z.strictObject({ type: z.literal('input_json_delta'), partial_json: z.string() }),
]);
const messageDelta = z.strictObject({
  type: z.literal('message_delta'),
  delta: z.strictObject(end),
  usage: z.strictObject(deltaUsage),
});

// The schemas allow only what the SDK's types read. Anthropic, too, leaves out `citations` if there are none.
text satisfies z.ZodType<Omit<Anthropic.TextBlock, 'citations'>>;
thinking satisfies z.ZodType<Anthropic.ThinkingBlock>;
toolUse satisfies z.ZodType<Anthropic.ToolUseBlock>;
delta satisfies z.ZodType<Anthropic.RawContentBlockDelta>;
messageDelta satisfies z.ZodType<Anthropic.RawMessageDeltaEvent>;
message satisfies z.ZodType<Omit<Anthropic.Message, 'content'>>;

const streamEvent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('message_start'), message }),
  z.strictObject({ type: z.literal('content_block_start'), index: count, content_block: block }),
  z.strictObject({ type: z.literal('content_block_delta'), index: count, delta }),
  z.strictObject({ type: z.literal('content_block_stop'), index: count }),
  messageDelta,
  z.strictObject({ type: z.literal('message_stop') }),
]);

export const MessageShape = message;
export type StreamEvent = z.output<typeof streamEvent>;

const PAIRS = { text: 'text_delta', thinking: 'thinking_delta', tool_use: 'input_json_delta' } as const;

/** The events of a stream except `ping`. Checks that each is `event: …`, `data: …` and an empty line. */
export function eventsOf(stream: string): StreamEvent[] {
  if (stream === '') return [];
  expect(stream.endsWith('\n\n')).to.equal(true);
  return stream
    .slice(0, -2)
    .split('\n\n')
    .flatMap((text) => {
      const [, name, data = ''] = /^event: (\w+)\ndata: ([^\n\r]*)$/.exec(text) ?? expect.fail(text);
      const parsed = JSON.parse(data);
      expect(parsed.type).to.equal(name);
      return name === 'ping' ? [] : [streamEvent.parse(parsed)];
    });
}

/** Checks that events are in the order that Anthropic documents; with `whole`, to the end. */
export function expectOrder(events: readonly StreamEvent[], whole = true): void {
  const [first, ...rest] = events;
  expect(first?.type).to.equal('message_start');
  let open: keyof typeof PAIRS | undefined;
  let index = 0;
  let signed = false;
  const end = rest.findIndex(({ type }) => type === 'message_delta');
  for (const one of end === -1 ? rest : rest.slice(0, end)) {
    if (one.type === 'content_block_start') {
      expect(open, 'a block within a block').to.equal(undefined);
      expect(one.index).to.equal(index);
      open = one.content_block.type;
      signed = false;
    } else if (one.type === 'content_block_delta') {
      expect(one.index).to.equal(index);
      expect(signed, 'a delta after the signature').to.equal(false);
      signed = one.delta.type === 'signature_delta';
      if (signed) expect(open).to.equal('thinking');
      else expect(one.delta.type).to.equal(open && PAIRS[open]);
    } else if (one.type === 'content_block_stop') {
      expect(one.index).to.equal(index);
      if (open === 'thinking') expect(signed, 'thinking without a signature').to.equal(true);
      expect(open).not.to.equal(undefined);
      open = undefined;
      index += 1;
    } else expect.fail(`${one.type} among the blocks`);
  }
  if (!whole) return;
  expect(open, 'a block that is not closed').to.equal(undefined);
  expect(rest.slice(end).map(({ type }) => type)).to.deep.equal(['message_delta', 'message_stop']);
}

/** Accumulates the events to a message as the SDK does. */
export function accumulated(events: readonly StreamEvent[]): z.output<typeof message> {
  const start = events.find((one) => one.type === 'message_start') ?? expect.fail('no message_start');
  const result = structuredClone(start.message);
  const inputs: string[] = [];
  for (const one of events) {
    if (one.type === 'content_block_start') result.content.push(structuredClone(one.content_block));
    else if (one.type === 'content_block_delta') {
      const last = result.content.at(-1) ?? expect.fail('a delta of nothing');
      if (one.delta.type === 'text_delta' && last.type === 'text') last.text += one.delta.text;
      if (one.delta.type === 'thinking_delta' && last.type === 'thinking') {
        last.thinking += one.delta.thinking;
      }
      if (one.delta.type === 'signature_delta' && last.type === 'thinking') {
        last.signature = one.delta.signature;
      }
      if (one.delta.type === 'input_json_delta') {
        inputs[one.index] = (inputs[one.index] ?? '') + one.delta.partial_json;
      }
    } else if (one.type === 'message_delta') {
      Object.assign(result, one.delta);
      Object.assign(result.usage, one.usage);
    }
  }
  for (const [index, input] of inputs.entries()) {
    const called = result.content[index];
    if (called?.type === 'tool_use') called.input = JSON.parse(input);
  }
  return result;
}
