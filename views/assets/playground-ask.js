/** One streamed chat completion: sends it, reads its events, and tells every way in which it can fail apart. */

export const PATH = '/v1/chat/completions';

/** Kinds: `http` (with a status), `in-band` (an error in the stream), `cut` (no end), `network`, `stopped`. */
export class AskError extends Error {
  constructor(kind, message, { status, code, requestId } = {}) {
    super(message);
    this.kind = kind;
    this.status = status;
    this.code = code;
    this.requestId = requestId;
  }
}

/**
 * `onDelta` gets each delta as it comes. Resolves with `{ finishReason, usage }`; rejects with an AskError, also where
 * the stream ends without a finish reason.
 */
export async function ask(key, body, signal, onDelta) {
  const response = await request(key, body, signal);
  const requestId = response.headers.get('x-request-id') ?? undefined;
  if (!response.ok) throw await httpError(response, requestId);
  const answer = { finishReason: undefined, usage: undefined };
  try {
    for await (const data of eventsOf(response)) {
      if (data === '[DONE]') break;
      take(JSON.parse(data), answer, requestId, onDelta);
    }
  } catch (error) {
    if (error instanceof AskError) throw error;
    throw new AskError(signal.aborted ? 'stopped' : 'cut', '', { requestId });
  }
  if (answer.finishReason === undefined) throw new AskError('cut', '', { requestId });
  return answer;
}

async function request(key, body, signal) {
  // What cannot stand in a header is a wrong key like any other; the browser would throw.
  const sendable = /^[\x21-\x7e]+$/.test(key) ? key : encodeURIComponent(key);
  const headers = { authorization: `Bearer ${sendable}`, 'content-type': 'application/json' };
  try {
    return await fetch(PATH, { method: 'POST', headers, body: JSON.stringify(body), signal });
  } catch {
    throw new AskError(signal.aborted ? 'stopped' : 'network', '');
  }
}

async function httpError(response, requestId) {
  const { status } = response;
  const { message, code } = await response.json().then(
    ({ error }) => error,
    () => ({ message: `HTTP ${status}` }),
  );
  return new AskError('http', message, { status, code, requestId });
}

function take(chunk, answer, requestId, onDelta) {
  if (chunk.error) throw new AskError('in-band', chunk.error.message, { requestId });
  const [choice] = chunk.choices;
  if (choice?.delta) onDelta(choice.delta);
  answer.finishReason = choice?.finish_reason ?? answer.finishReason;
  answer.usage = chunk.usage ?? answer.usage;
}

/** What stands behind `data:` of each event. */
async function* eventsOf(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const events = (rest + value).split('\n\n');
    rest = events.pop();
    for (const event of events) if (event.startsWith('data: ')) yield event.slice('data: '.length);
  }
}
