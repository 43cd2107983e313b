/**
 * The event sequences of the web protocol for decoder tests, with the results of a correct decoder. The
 * simulator sends them; decoder tests import them.
 */
import { countCodePoints } from './text.js';

const fence = '```';
/** The lines of a raw template, as they stand. */
const lines = (text: TemplateStringsArray, ...values: string[]) =>
  String.raw(text, ...values)
    .trim()
    .split('\n');

/** Each string is the payload of one `data: ` line. S11 and S12 are bytes: see `rawS11` and `rawS12`. */
export const SEQUENCES = {
  /** Plain answer, thinking off. */
  S1: lines`
{"type":"chat:completion","data":{"delta_content":"Paris","phase":"answer"}}
{"type":"chat:completion","data":{"delta_content":" is the capital","phase":"answer"}}
{"type":"chat:completion","data":{"delta_content":" of France.\n","phase":"answer"}}
{"type":"chat:completion","data":{"usage":{"prompt_tokens":14,"completion_tokens":9,"total_tokens":23,"prompt_tokens_details":{"cached_tokens":0}},"phase":"other"}}
{"type":"chat:completion","data":{"done":true,"delta_content":"","phase":"done"}}
[DONE]
`,
  /** Thinking then answer, October 2025 form, trailing events after done. */
  S2: lines`
{"type":"chat:completion","data":{"delta_content":"<details type=\"reasoning\" done=\"false\" view=\"\" last_tool_call_name=\"\">\n<summary>Thinking…</summary>\n> Two","phase":"thinking"}}
{"type":"chat:completion","data":{"delta_content":" plus","phase":"thinking"}}
{"type":"chat:completion","data":{"delta_content":" two","phase":"thinking"}}
{"type":"chat:completion","data":{"delta_content":"?\n>","phase":"thinking"}}
{"type":"chat:completion","data":{"delta_content":" That is","phase":"thinking"}}
{"type":"chat:completion","data":{"delta_content":" four","phase":"thinking"}}
{"type":"chat:completion","data":{"delta_content":".","phase":"thinking"}}
{"type":"chat:completion","data":{"edit_index":32,"edit_content":"true\" duration=\"2\" view=\"\" last_tool_call_name=\"\">\n<summary>Thought for 2 seconds</summary>\n> Two plus two?\n> That is four.\n</details>\nThe","phase":"answer"}}
{"type":"chat:completion","data":{"delta_content":" answer","phase":"answer"}}
{"type":"chat:completion","data":{"delta_content":" is 4.","phase":"answer"}}
{"type":"chat:completion","data":{"usage":{"prompt_tokens":14,"completion_tokens":9,"total_tokens":23,"prompt_tokens_details":{"cached_tokens":0}},"phase":"other"}}
{"type":"chat:completion","data":{"id":"chatcmpl-7c1f","object":"chat.completion.chunk","created":1759400000,"model":"GLM-4-6-API-V1","choices":[{"index":0,"delta":{"role":"assistant"},"finish_reason":"stop"}],"usage":{"prompt_tokens":14,"completion_tokens":9,"total_tokens":23,"prompt_tokens_details":{"cached_tokens":0}},"phase":"answer"}}
{"type":"chat:completion","data":{"done":true,"delta_content":"","phase":"done"}}
{"type":"chat:completion","data":{"role":"assistant","usage":{"prompt_tokens":14,"completion_tokens":9,"total_tokens":23,"prompt_tokens_details":{"cached_tokens":0}},"message_id":"b2c5","done":true,"edit_index":183,"edit_content":"","phase":"other"}}
`,
  /** Wrapper cut anywhere, older attributes, indentation and an emoji in the reasoning. */
  S3: lines`
{"type":"chat:completion","data":{"delta_content":"<det","phase":"thinking"}}
{"type":"chat:completion","data":{"delta_content":"ails type=\"reas","phase":"thinking"}}
{"type":"chat:completion","data":{"delta_content":"oning\" done=\"false\">\n<sum","phase":"thinking"}}
{"type":"chat:completion","data":{"delta_content":"mary>Thinking…</sum","phase":"thinking"}}
{"type":"chat:completion","data":{"delta_content":"mary>\n>","phase":"thinking"}}
{"type":"chat:completion","data":{"delta_content":" Plan","phase":"thinking"}}
{"type":"chat:completion","data":{"delta_content":"ning:","phase":"thinking"}}
{"type":"chat:completion","data":{"delta_content":"\n> \n","phase":"thinking"}}
{"type":"chat:completion","data":{"delta_content":"> ${fence}","phase":"thinking"}}
{"type":"chat:completion","data":{"delta_content":"\n>     if x:","phase":"thinking"}}
{"type":"chat:completion","data":{"delta_content":"\n>         y","phase":"thinking"}}
{"type":"chat:completion","data":{"delta_content":"()\n> ${fence}","phase":"thinking"}}
{"type":"chat:completion","data":{"delta_content":"\n","phase":"thinking"}}
{"type":"chat:completion","data":{"delta_content":"> Done","phase":"thinking"}}
{"type":"chat:completion","data":{"delta_content":" 🙂 ok","phase":"thinking"}}
{"type":"chat:completion","data":{"delta_content":".","phase":"thinking"}}
{"type":"chat:completion","data":{"edit_index":32,"edit_content":"true\" duration=\"5\">\n<summary>Thought for 5 seconds</summary>\n> Planning:\n> \n> ${fence}\n>     if x:\n>         y()\n> ${fence}\n> Done 🙂 ok.\n</details>\n\nSure","phase":"answer"}}
{"type":"chat:completion","data":{"delta_content":", here","phase":"answer"}}
{"type":"chat:completion","data":{"delta_content":" it is:\n\n    x = 1\n","phase":"answer"}}
{"type":"chat:completion","data":{"usage":{"prompt_tokens":14,"completion_tokens":9,"total_tokens":23,"prompt_tokens_details":{"cached_tokens":0}},"phase":"other"}}
{"type":"chat:completion","data":{"done":true,"delta_content":"","phase":"done"}}
[DONE]
`,
  /** Tool call of 2025: each edit rewrites from inside the arguments. */
  S4: lines`
{"type":"chat:completion","data":{"delta_content":"Let me","phase":"answer"}}
{"type":"chat:completion","data":{"delta_content":" check.","phase":"answer"}}
{"type":"chat:completion","data":{"edit_index":13,"edit_content":"\n\n<glm_block view=\"\">{\"type\": \"mcp\", \"data\": {\"metadata\": {\"id\": \"call_9k2m\", \"name\": \"get_weather\", \"arguments\": \"{\\\"city\\\": \\\"Os\", \"result\": \"\", \"display_result\": \"\", \"duration\": \"...\", \"status\": \"completed\", \"is_error\": false, \"mcp_server\": {\"name\": \"mcp-server\"}}, \"thought\": null, \"ppt\": null, \"browser\": null}}</glm_block>","phase":"tool_call"}}
{"type":"chat:completion","data":{"edit_index":143,"edit_content":"lo\\\", \\\"unit\\\": \\\"c\", \"result\": \"\", \"display_result\": \"\", \"duration\": \"...\", \"status\": \"completed\", \"is_error\": false, \"mcp_server\": {\"name\": \"mcp-server\"}}, \"thought\": null, \"ppt\": null, \"browser\": null}}</glm_block>","phase":"tool_call"}}
{"type":"chat:completion","data":{"edit_index":162,"edit_content":"elsius\\\"}\", \"result\": \"\", \"display_result\": \"\", \"duration\": \"...\", \"status\": \"completed\", \"is_error\": false, \"mcp_server\": {\"name\": \"mcp-server\"}}, \"thought\": null, \"ppt\": null, \"browser\": null}}</glm_block>","phase":"tool_call"}}
{"type":"chat:completion","data":{"edit_index":184,"edit_content":"null, \"display_result\": \"\", \"duration\": \"...\", \"status\": \"completed\", \"is_error\": false, \"mcp_server\": {\"name\": \"mcp-server\"}}, \"thought\": null, \"ppt\": null, \"browser\": null}}</glm_block>","phase":"other"}}
{"type":"chat:completion","data":{"usage":{"prompt_tokens":14,"completion_tokens":9,"total_tokens":23,"prompt_tokens_details":{"cached_tokens":0}},"phase":"other"}}
{"type":"chat:completion","data":{"done":true,"delta_content":"","phase":"done"}}
[DONE]
`,
  /** Tool call of 2026. */
  S5: lines`
{"type":"chat:completion","data":{"phase":"tool_call","delta_name":"get_weather","delta_arguments":"","metadata":{"tool_call_id":"call_9k2m"}}}
{"type":"chat:completion","data":{"phase":"tool_call","delta_name":"","delta_arguments":"{\"city\": \"Os","metadata":{"tool_call_id":"call_9k2m"}}}
{"type":"chat:completion","data":{"phase":"tool_call","delta_name":"","delta_arguments":"lo\"}","metadata":{"tool_call_id":"call_9k2m"}}}
{"type":"chat:completion","data":{"phase":"tool_response","tool_name":"get_weather","status":"completed"}}
{"type":"chat:completion","data":{"done":true,"delta_content":"","phase":"done"}}
`,
  /** Innermost + outer (the shape captured in issues). */
  'S6-F1': lines`
{"type":"chat:completion","data":{"data":{"error":{"detail":"Something went wrong. Please try again.","code":500},"done":true},"error":{"detail":"Something went wrong. Please try again.","code":500},"done":true}}
`,
  /** Only data.error, string code. */
  'S6-F2': lines`
{"type":"chat:completion","data":{"error":{"detail":"Internal error","code":"INTERNAL_ERROR"},"done":true}}
`,
  /** Only data.data.error. */
  'S6-F3': lines`
{"type":"chat:completion","data":{"data":{"error":{"detail":"Something went wrong. Please try again.","code":500}}}}
`,
  /** Top level. */
  'S6-F4': lines`
{"type":"chat:completion","error":{"detail":"Something went wrong. Please try again.","code":500}}
`,
  /** Client-version refusal. */
  'S6-F5': lines`
{"type":"chat:completion","data":{"error":{"detail":"Your client version check is failed","code":426},"done":true}}
`,
  /** An error after text was sent. */
  S7: lines`
{"type":"chat:completion","data":{"delta_content":"The first","phase":"answer"}}
{"type":"chat:completion","data":{"delta_content":" reason is","phase":"answer"}}
{"type":"chat:completion","data":{"error":{"detail":"Model is currently at capacity","code":429},"done":true,"delta_content":""}}
`,
  /** Usage alone, then done. */
  S8: lines`
{"type":"chat:completion","data":{"delta_content":"ok","phase":"answer"}}
{"type":"chat:completion","data":{"usage":{"prompt_tokens":14,"completion_tokens":9,"total_tokens":23,"prompt_tokens_details":{"cached_tokens":0},"words":1},"phase":"other"}}
{"type":"chat:completion","data":{"done":true,"delta_content":"","phase":"done"}}
`,
  /** Content, usage and done in a single event. */
  S9: lines`
{"type":"chat:completion","data":{"delta_content":"Yes.","phase":"answer","done":true,"usage":{"prompt_tokens":14,"completion_tokens":9,"total_tokens":23,"prompt_tokens_details":{"cached_tokens":0}}}}
`,
  /** Two rounds of thinking. */
  S10: lines`
{"type":"chat:completion","data":{"delta_content":"<details type=\"reasoning\" done=\"false\">\n<summary>Thinking…</summary>\n> First look.","phase":"thinking"}}
{"type":"chat:completion","data":{"edit_index":32,"edit_content":"true\" duration=\"1\">\n<summary>Thought for 1 seconds</summary>\n> First look.\n</details>\n","phase":"answer"}}
{"type":"chat:completion","data":{"delta_content":"<details type=\"reasoning\" done=\"false\">\n<summary>Thinking…</summary>\n> Second look.","phase":"thinking"}}
{"type":"chat:completion","data":{"edit_index":150,"edit_content":"true\" duration=\"1\">\n<summary>Thought for 1 seconds</summary>\n> Second look.\n</details>\nFinal.","phase":"answer"}}
{"type":"chat:completion","data":{"done":true,"delta_content":"","phase":"done"}}
`,
  /** Silent end: the body ends after an answer delta. */
  S13: [] as string[],
  /** An event stream without a single event. */
  S14: [] as string[],
};
SEQUENCES.S13 = SEQUENCES.S1.slice(0, 3);

export type SequenceName = keyof typeof SEQUENCES;

/** The decoded text of each sequence, up to its error if it has one. */
export const EXPECTED: Record<SequenceName | 'S11' | 'S12', { reasoning: string; content: string }> = {
  S1: { reasoning: '', content: 'Paris is the capital of France.\n' },
  S2: { reasoning: 'Two plus two?\nThat is four.', content: 'The answer is 4.' },
  // The content starts at `Sure`: both newlines after `</details>` count as wrapper.
  S3: {
    reasoning: `Planning:\n\n${fence}\n    if x:\n        y()\n${fence}\nDone 🙂 ok.`,
    content: 'Sure, here it is:\n\n    x = 1\n',
  },
  S4: { reasoning: '', content: 'Let me check.' },
  S5: { reasoning: '', content: '' },
  'S6-F1': { reasoning: '', content: '' },
  'S6-F2': { reasoning: '', content: '' },
  'S6-F3': { reasoning: '', content: '' },
  'S6-F4': { reasoning: '', content: '' },
  'S6-F5': { reasoning: '', content: '' },
  S7: { reasoning: '', content: 'The first reason is' },
  S8: { reasoning: '', content: 'ok' },
  S9: { reasoning: '', content: 'Yes.' },
  // "Both looks": what stands between the two rounds is the decoder's choice; here an empty line.
  S10: { reasoning: 'First look.\n\nSecond look.', content: 'Final.' },
  // Up to the truncated JSON line.
  S11: { reasoning: '', content: 'a' },
  S12: { reasoning: longReasoning().join('\n'), content: 'The answer is 4.' },
  S13: { reasoning: '', content: 'Paris is the capital of France.\n' },
  S14: { reasoning: '', content: '' },
};

/** S11, framing oddities: an `event:` line, a comment, no space after `data:`, truncated JSON, `[DONE]`. */
export function rawS11(): Buffer {
  return Buffer.from(`event: message
: keep-alive
data:{"type":"chat:completion","data":{"delta_content":"a","phase":"answer"}}

data: {"type":"chat:completion","data":{"delta_content":"b","pha

data: [DONE]

`);
}

/** S12: S2 with 2 000 lines of reasoning, in writes of 16 KiB; one cut is inside a multi-byte character. */
export function rawS12(): Buffer[] {
  const body = Buffer.from(
    payloadsS12()
      .map((payload) => `data: ${payload}\n\n`)
      .join(''),
  );
  let end = 16_384;
  while (((body[end] ?? 0x80) & 0xc0) !== 0x80) end++;
  const writes = [body.subarray(0, end)];
  for (let start = end; start < body.length; start += 16_384) {
    writes.push(body.subarray(start, start + 16_384));
  }
  return writes;
}

function payloadsS12(): string[] {
  const reasoning = longReasoning();
  const quoted = reasoning.map((line) => `> ${line}`).join('\n');
  const opening = '<details type="reasoning" done="';
  const attributes = 'view="" last_tool_call_name="">\n<summary>';
  const closing = `true" duration="2" ${attributes}Thought for 2 seconds</summary>\n${quoted}\n</details>\nThe`;
  const [first = '', ...rest] = reasoning.map((line, i) => (i < reasoning.length - 1 ? `${line}\n>` : line));
  const thinking = [
    `${opening}false" ${attributes}Thinking…</summary>\n> ${first}`,
    ...rest.map((t) => ` ${t}`),
  ];
  const documentLength = countCodePoints(`${opening}${closing} answer is 4.`);
  return [
    ...thinking.map((text) => event({ delta_content: text, phase: 'thinking' })),
    event({ edit_index: 32, edit_content: closing, phase: 'answer' }),
    ...SEQUENCES.S2.slice(8).map((line) =>
      line.replace('"edit_index":183', `"edit_index":${documentLength}`),
    ),
  ];
}

function longReasoning(): string[] {
  return Array.from({ length: 2000 }, (_, i) =>
    `Line ${i + 1}: 思 ${'reasoning '.repeat(5)}`.slice(0, 47).concat('.'),
  );
}

function event(data: object): string {
  return JSON.stringify({ type: 'chat:completion', data });
}
