/** Fields that chat completions and Responses have in common. */
import { CLAMPED, describeField, parsedByHand, SELF_HOSTED_ONLY } from './field-docs.js';
import { flag, number } from './schema-types.js';

/** Sampling; chat completions have more. */
export const samplingFields = {
  temperature: describeField(
    number(0, 2),
    CLAMPED,
    'Z.ai takes 0 to 1; higher values count as 1.',
    'Z.ai 只接受 0 到 1，超过按 1 计。',
  ),
  top_p: describeField(number(0, 1), CLAMPED, 'Z.ai takes 0.01 to 1.', 'Z.ai 只接受 0.01 到 1。'),
  presence_penalty: describeField(
    number(-2, 2),
    SELF_HOSTED_ONLY,
    'Above 0, new words are more likely.',
    '大于 0 时更倾向使用新词。',
  ),
  frequency_penalty: describeField(
    number(-2, 2),
    SELF_HOSTED_ONLY,
    'Above 0, words repeat less often.',
    '大于 0 时减少重复用词。',
  ),
};

/** `parallel_tool_calls` */
export const parallelToolCalls = describeField(
  flag,
  ['gateway', 'forwarded', 'gateway'],
  '`false`: at most one call in an answer.',
  '`false`：一次回答最多一个调用。',
);

/** `tool_choice`, parsed by `chooseTools`. */
export const toolChoice = parsedByHand({
  anyOf: [{ enum: ['auto', 'none', 'required', null] }, { type: 'object' }],
});
