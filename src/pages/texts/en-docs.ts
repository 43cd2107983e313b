/** The texts of /docs in English. Endpoints are described in the OpenAPI document. */
export const docs = {
  title: 'Documentation',
  contents: 'On this page',
  lead: 'Clients for OpenAI or Anthropic work with this gateway: set the base URL and a key. All examples on this page use this server’s address.',
  document: 'OpenAPI 3.1 document',
  start: {
    title: 'First request',
    text: 'The base URL is `{baseUrl}`. The key goes into `Authorization: Bearer KEY` or `x-api-key: KEY`; use a key of this gateway, not one of Z.ai.',
    demoKey: 'In this demo the key is `{key}`.',
    replaceKey: 'Replace `YOUR_KEY` with your key.',
  },
  apps: {
    title: 'Apps, agents and libraries',
    text: 'Any client with a setting for the base URL and the key works. Menu names may differ between versions of an app; the values stay the same.',
    shell: 'In the terminal',
  },
  models: {
    title: 'Models',
    text: 'Values for `model`, in upper or lower case; the first is the default. Programs get the list from `GET /v1/models`.',
    unknown: 'The list of models is not available at the moment. `GET /v1/models` returns the reason.',
  },
  thinking: {
    title: 'Thinking',
    texts: [
      'A request switches thinking on with any of `"enable_thinking": true`, `"thinking": {"type": "enabled"}`, `"reasoning_effort": "high"` or `"chat_template_kwargs": {"enable_thinking": true}`. Without any of them the gateway’s configuration decides.',
      'Thinking is returned as `reasoning_content` beside `content`, unless the gateway is configured to include it in the answer or to hide it. Clients may send it back in later requests, or leave it out.',
    ],
  },
  streaming: {
    title: 'Streaming',
    texts: [
      'With `"stream": true` the response is `text/event-stream`: one `data:` line for each chunk, then `data: [DONE]`. It starts with the upstream’s first event, after ten seconds at the latest.',
      'While the model is silent, a comment `: keep-alive` is sent every 15 seconds, so that proxies keep the connection open. SDKs ignore comments.',
      'Before the first chunk an error is an HTTP status. After it, the stream contains `data: {"error": …}`, then `data: [DONE]`. An answer without a `finish_reason` is incomplete.',
      'When the client disconnects, the upstream request is cancelled at once.',
    ],
  },
  endpoints: {
    title: 'Endpoints',
    key: 'needs a key',
    password: 'needs the dashboard’s password',
    admin: 'needs the admin’s password',
    session: 'needs a session',
    open: 'no key needed',
    fields: 'Request fields',
    required: 'required',
    example: 'Example',
    answer: 'Response',
    stream: 'as a stream',
    handlingTitle: 'How each field is handled',
    handlingText:
      'This depends on the upstream of this gateway: Z.ai’s API (and BigModel), a self-hosted GLM, or the web chat.',
    upstreams: { zai: 'Z.ai API', 'self-hosted': 'self-hosted', web: 'web chat' },
    handling: {
      forwarded: 'forwarded',
      translated: 'translated',
      gateway: 'by the gateway',
      ignored: 'no effect',
      refused: 'refused',
    },
    handlingMeaning: {
      forwarded: 'passed on unchanged',
      translated: 'converted to the upstream’s format and passed on',
      gateway: 'handled by the gateway, whatever the upstream supports',
      ignored: 'accepted, without effect on this upstream',
      refused: 'answered with a 400 that names the field, unless its value has no effect',
    },
  },
  errors: {
    title: 'Errors',
    text: 'Errors have OpenAI’s format (on `/v1/messages` Anthropic’s) and a message that says what to do. Every response has an `x-request-id`, which is also in the gateway’s log.',
    retry:
      'Retry after `Retry-After`, if it is present: 429 `rate_limit_exceeded` and `upstream_busy`, 502, 503, 504. The gateway itself retries failed upstream requests twice, before the first token.',
  },
  limits: {
    title: 'Limits',
    text: 'Requests per minute, counted over all replicas.',
    who: 'Key',
    limit: 'Requests per minute',
    none: 'no limit',
    publicAddress: 'Public key, from one address',
    publicTotal: 'Public key, all clients together',
    all: 'All keys together',
    named: 'Each other key, unless it has its own limit',
    wrongKeys: 'Wrong keys from one address',
    headers:
      'Every response has your current limit in `x-ratelimit-limit-requests`, `x-ratelimit-remaining-requests` and `x-ratelimit-reset-requests`, and in `RateLimit` as drafted by the IETF. Over the limit, the response is a 429 with `Retry-After`.',
  },
};
