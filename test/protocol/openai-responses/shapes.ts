/**
 * Checks of responses and their events against the published types, for what the compiler cannot check: required members, no
 * others, and the order of a stream. Source: the types of the openai package.
 */
import { expect } from 'chai';
import type { Response, ResponseErrorEvent, ResponseStreamEvent } from 'openai/resources/responses/responses';
import { z } from 'zod';

/** The SDK adds `output_text` itself. */
export type ResponseBody = Omit<Response, 'output_text'>;
/** As OpenAI sends it: the published members, and again nested in `error`, which SDKs read. */
export type ErrorEvent = ResponseErrorEvent & { error: object };

const count = z.int().min(0);
const id = (prefix: string) => z.string().regex(new RegExp(`^${prefix}_[0-9a-f]+$`));
const textPart = z.strictObject({
  type: z.literal('output_text'),
  text: z.string(),
  annotations: z.tuple([]),
  logprobs: z.tuple([]),
});
const summaryPart = z.strictObject({ type: z.literal('summary_text'), text: z.string() });
const status = z.enum(['in_progress', 'completed', 'incomplete']);
const message = z.strictObject({
  id: id('msg'),
  type: z.literal('message'),
  status,
  role: z.literal('assistant'),
  content: z.array(textPart),
});
const reasoning = z.strictObject({
  id: id('rs'),
  type: z.literal('reasoning'),
  summary: z.array(summaryPart),
  content: z.array(z.strictObject({ type: z.literal('reasoning_text'), text: z.string() })).optional(),
  encrypted_content: z.string().optional(),
});
const call = z.strictObject({
  id: id('fc'),
  type: z.literal('function_call'),
  status,
  arguments: z.string(),
  call_id: z.string().min(1),
  name: z.string().min(1),
  namespace: z.string().min(1).optional(),
});
const customCall = z.strictObject({
  id: id('ctc'),
  type: z.literal('custom_tool_call'),
  status,
  input: z.string(),
  call_id: z.string().min(1),
  name: z.string().min(1),
  namespace: z.string().min(1).optional(),
});
/** Calls of tools that the client runs, in OpenAI's form. */
const fixedCall = <Type extends string, Shape extends z.ZodRawShape>(
  type: Type,
  prefix: string,
  shape: Shape,
) => z.strictObject({ id: id(prefix), type: z.literal(type), status, call_id: z.string().min(1), ...shape });
const shellCall = fixedCall('shell_call', 'sh', {
  action: z.strictObject({
    commands: z.array(z.string()),
    timeout_ms: count.nullable(),
    max_output_length: count.nullable(),
  }),
  environment: z.strictObject({ type: z.literal('local') }),
});
const localShellCall = fixedCall('local_shell_call', 'lsh', {
  action: z.strictObject({
    type: z.literal('exec'),
    command: z.array(z.string()),
    env: z.strictObject({}),
    working_directory: z.string().optional(),
    timeout_ms: count.optional(),
  }),
});
const patchCall = fixedCall('apply_patch_call', 'apc', {
  operation: z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('create_file'), path: z.string(), diff: z.string() }),
    z.strictObject({ type: z.literal('update_file'), path: z.string(), diff: z.string() }),
    z.strictObject({ type: z.literal('delete_file'), path: z.string() }),
  ]),
});
const searchCall = fixedCall('tool_search_call', 'tsc', {
  execution: z.literal('client'),
  arguments: z.record(z.string(), z.unknown()),
});
const item = z.discriminatedUnion('type', [
  message,
  reasoning,
  call,
  customCall,
  shellCall,
  localShellCall,
  patchCall,
  searchCall,
]);
const usage = z.strictObject({
  input_tokens: count,
  input_tokens_details: z.strictObject({ cached_tokens: count, cache_write_tokens: count }),
  output_tokens: count,
  output_tokens_details: z.strictObject({ reasoning_tokens: count }),
  total_tokens: count,
});

export const responseShape = z.strictObject({
  id: id('resp'),
  object: z.literal('response'),
  created_at: count,
  completed_at: count.nullable(),
  status: z.enum(['in_progress', 'completed', 'incomplete', 'failed']),
  error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
  incomplete_details: z.strictObject({ reason: z.enum(['max_output_tokens', 'content_filter']) }).nullable(),
  model: z.string(),
  output: z.array(item),
  usage: usage.nullable(),
  background: z.literal(false),
  frequency_penalty: z.number(),
  presence_penalty: z.number(),
  instructions: z.string().nullable(),
  max_output_tokens: count.nullable(),
  max_tool_calls: count.nullable(),
  metadata: z.record(z.string(), z.unknown()),
  parallel_tool_calls: z.boolean(),
  previous_response_id: z.string().nullable(),
  prompt_cache_key: z.string().nullable(),
  reasoning: z.strictObject({ effort: z.string().nullable(), summary: z.string().nullable() }),
  safety_identifier: z.string().nullable(),
  service_tier: z.literal('default'),
  store: z.boolean(),
  temperature: z.number(),
  text: z.strictObject({ format: z.looseObject({ type: z.string() }), verbosity: z.string() }),
  tool_choice: z.union([z.enum(['auto', 'none', 'required']), z.looseObject({ type: z.string() })]),
  tools: z.array(
    z.discriminatedUnion('type', [
      z.strictObject({
        type: z.literal('function'),
        name: z.string(),
        description: z.string().nullable(),
        parameters: z.record(z.string(), z.unknown()).nullable(),
        strict: z.boolean(),
      }),
      z.strictObject({
        type: z.literal('custom'),
        name: z.string(),
        description: z.string(),
        format: z.looseObject({ type: z.enum(['text', 'grammar']) }),
      }),
      z.looseObject({ type: z.literal('namespace'), name: z.string(), tools: z.array(z.unknown()) }),
      z.looseObject({ type: z.enum(['shell', 'local_shell', 'apply_patch', 'tool_search']) }),
    ]),
  ),
  top_logprobs: z.literal(0),
  top_p: z.number(),
  truncation: z.literal('disabled'),
  user: z.string().nullable(),
});

const sequence_number = count;
const ofResponse = <Type extends string>(type: Type) =>
  z.strictObject({ type: z.literal(type), sequence_number, response: responseShape });
const ofItem = <Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) =>
  z.strictObject({ type: z.literal(type), sequence_number, output_index: count, ...shape });
const ofPart = <Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) =>
  ofItem(type, { item_id: z.string(), ...shape });
const atContent = { content_index: z.literal(0) };
const atSummary = { summary_index: z.literal(0) };

const eventShape = z.discriminatedUnion('type', [
  ofResponse('response.created'),
  ofResponse('response.in_progress'),
  ofResponse('response.completed'),
  ofResponse('response.incomplete'),
  ofResponse('response.failed'),
  ofItem('response.output_item.added', { item }),
  ofItem('response.output_item.done', { item }),
  ofPart('response.content_part.added', { ...atContent, part: textPart }),
  ofPart('response.content_part.done', { ...atContent, part: textPart }),
  ofPart('response.output_text.delta', { ...atContent, delta: z.string(), logprobs: z.tuple([]) }),
  ofPart('response.output_text.done', { ...atContent, text: z.string(), logprobs: z.tuple([]) }),
  ofPart('response.reasoning_summary_part.added', { ...atSummary, part: summaryPart }),
  ofPart('response.reasoning_summary_part.done', { ...atSummary, part: summaryPart }),
  ofPart('response.reasoning_summary_text.delta', { ...atSummary, delta: z.string() }),
  ofPart('response.reasoning_summary_text.done', { ...atSummary, text: z.string() }),
  ofPart('response.function_call_arguments.delta', { delta: z.string() }),
  ofPart('response.function_call_arguments.done', { name: z.string(), arguments: z.string() }),
  ofPart('response.custom_tool_call_input.delta', { delta: z.string().min(1) }),
  ofPart('response.custom_tool_call_input.done', { input: z.string() }),
  z.strictObject({
    type: z.literal('error'),
    sequence_number,
    code: z.string().nullable(),
    message: z.string(),
    param: z.string().nullable(),
    error: z.strictObject({
      type: z.string(),
      code: z.string().nullable(),
      message: z.string(),
      param: z.string().nullable(),
    }),
  }),
]);

/** The events of a stream. Checks the form, sequence number and event name of each. */
export function eventsOf(stream: string): ResponseStreamEvent[] {
  expect(stream.endsWith('\n\n')).to.equal(true);
  return stream
    .slice(0, -2)
    .split('\n\n')
    .map((written, index) => {
      const [, name, data = ''] = /^event: ([\w.]+)\ndata: ([^\n\r]*)$/.exec(written) ?? [];
      const event = JSON.parse(data);
      expect(event.type).to.equal(name);
      checkEvent(event, index);
      return event as ResponseStreamEvent;
    });
}

export function checkEvent(event: { type: string }, index: number): void {
  const result = eventShape.safeParse(event);
  expect(result.error?.issues ?? [], event.type).to.deep.equal([]);
  expect(event, event.type).to.have.property('sequence_number', index);
}

/**
 * Checks a whole stream: it begins and ends once, items are added and completed in order, their deltas add up to the completed
 * item, and the last event has all items.
 */
export function checkStream(events: readonly ResponseStreamEvent[]): void {
  expect(events.slice(0, 2).map(({ type }) => type)).to.deep.equal([
    'response.created',
    'response.in_progress',
  ]);
  const done: object[] = [];
  let open: { index: number; id: string; text: string } | undefined;
  for (const event of events) {
    if (event.type === 'response.output_item.added') {
      expect(open, 'an item is still open').to.equal(undefined);
      expect(event.output_index).to.equal(done.length);
      open = { index: event.output_index, id: String(event.item.id), text: '' };
    } else if (event.type === 'response.output_item.done') {
      expect(event).to.include({ output_index: open?.index });
      expect(event.item).to.include({ id: open?.id });
      expect(wordsOf(event.item)).to.equal(open?.text);
      done.push(event.item);
      open = undefined;
    } else if ('item_id' in event) {
      expect(event).to.include({ output_index: open?.index, item_id: open?.id });
      if (open && 'delta' in event) open.text += event.delta;
    } else if ('response' in event && !/created|in_progress/.test(event.type)) {
      expect(event.response.output).to.deep.equal(done);
      expect(`response.${event.response.status}`).to.equal(event.type);
    }
  }
}

function wordsOf(done: object): string {
  const given = item.parse(done);
  if (given.type === 'function_call') return given.arguments;
  if (given.type === 'custom_tool_call') return given.input;
  // Complete when they are added.
  if (given.type !== 'message' && given.type !== 'reasoning') return '';
  const parts = given.type === 'message' ? given.content : given.summary;
  return parts.map(({ text }) => text).join('');
}
