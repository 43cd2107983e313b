/** The texts of /docs in English. What belongs to an endpoint stands in the OpenAPI document. */
export const docs = {
  title: 'Documentation',
  contents: 'On this page',
  lead: 'Everything that speaks to OpenAI speaks to this gateway: give it the base URL and a key. This page is made of the gateway’s own OpenAPI document, and every example has this server’s address in it.',
  document: 'OpenAPI 3.1 document',
  start: {
    title: 'First request',
    text: 'The base URL is `{baseUrl}`. The key goes into `Authorization: Bearer KEY` or `x-api-key: KEY`; it is one of this gateway’s, not one of Z.ai’s.',
    demoKey: 'In this demo the key is `{key}`.',
    replaceKey: 'Put your key in place of `YOUR_KEY`.',
  },
  apps: {
    title: 'Apps, agents and libraries',
    text: 'Anything that takes a base URL and a key works unmodified. Names of settings change now and then; the values do not.',
  },
  models: {
    title: 'Models',
    text: 'What `model` takes, in any case; the first is the default. `GET /v1/models` has the list for programs.',
    unknown: 'The upstream could not be asked for its models just now. `GET /v1/models` says why.',
  },
  thinking: {
    title: 'Thinking',
    texts: [
      'A request switches it on with any of `"enable_thinking": true`, `"thinking": {"type": "enabled"}`, `"reasoning_effort": "high"` or `"chat_template_kwargs": {"enable_thinking": true}`. Left out, the gateway’s `ENABLE_THINKING` decides.',
      'What the model thought comes as `reasoning_content` beside `content`, unless `THINKING_OUTPUT` puts it into the answer or hides it. Send it back or not, as your client likes.',
    ],
  },
  streaming: {
    title: 'Streaming',
    texts: [
      'With `"stream": true` the answer is `text/event-stream`: one `data:` line with a chunk each, and `data: [DONE]` at the end. It begins with the upstream’s first event, after ten seconds at the latest.',
      'While the model is silent, a comment `: keep-alive` crosses every 15 seconds, so that nothing in between takes the connection for dead. SDKs ignore comments.',
      'Before the first chunk an error is an HTTP status. After it, the stream has `data: {"error": …}` and then `data: [DONE]`, without a `finish_reason`: an answer without one is not whole.',
      'Whoever hangs up stops the upstream at once.',
    ],
  },
  endpoints: {
    title: 'Endpoints',
    key: 'needs a key',
    password: 'needs the dashboard’s password',
    open: 'open',
    fields: 'Fields of the request',
    required: 'required',
    example: 'Example',
    answer: 'What comes back',
    stream: 'as a stream',
    handlingTitle: 'What becomes of each field',
    handlingText:
      'It depends on whom the gateway asks: Z.ai’s API (and BigModel), a self-hosted GLM, or the web chat.',
    upstreams: { zai: 'Z.ai API', 'self-hosted': 'self-hosted', web: 'web chat' },
    handling: {
      forwarded: 'forwarded',
      translated: 'translated',
      gateway: 'by the gateway',
      ignored: 'no effect',
      refused: 'refused',
    },
    handlingMeaning: {
      forwarded: 'passed on as it is',
      translated: 'passed on in the upstream’s own words',
      gateway: 'done by the gateway itself, whatever the upstream can do',
      ignored: 'accepted, without effect there',
      refused: 'a 400 that names the field, unless it has the value that changes nothing',
    },
  },
  errors: {
    title: 'Errors',
    text: 'Always in OpenAI’s shape, with a message that says what to do. Every response has an `x-request-id`; the gateway’s log has it, too.',
    retry:
      'Worth another try, after `Retry-After` if there is one: 429 `rate_limit_exceeded` and `upstream_busy`, 502, 503, 504. The gateway itself tries failed calls again twice, before the first word of an answer.',
  },
  limits: {
    title: 'Limits',
    text: 'Requests per minute, counted over all replicas together.',
    who: 'Who',
    limit: 'Requests per minute',
    none: 'no limit',
    publicAddress: 'The public key, from one address',
    publicTotal: 'The public key, all callers together',
    named: 'Every other key, unless it has a limit of its own',
    wrongKeys: 'Wrong keys from one address',
    headers:
      'Each answer says where you stand: `x-ratelimit-limit-requests`, `x-ratelimit-remaining-requests`, `x-ratelimit-reset-requests`, and `RateLimit` as the IETF drafts it. Past a limit comes a 429 with `Retry-After`.',
  },
};
