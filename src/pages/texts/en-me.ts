/** My page, in English. */
export const me = {
  title: 'My page',
  lead: 'What your key may do, how it was used, and a new one if it was seen by others.',
  key: 'Your key',
  open: 'Open',
  cookie:
    'The key is sent once. A cookie stands for it for eight hours, or until you log out or the key is changed.',
  logOut: 'Log out',
  ask: 'Ask a model',
  member: 'Member',
  configured: 'a key of the gateway’s configuration',
  shared: 'This is the public key: the use and the errors below are those of everybody who has it.',
  rights: 'What it may do',
  models: 'Models',
  allModels: 'all',
  rate: 'Requests per minute',
  noRate: 'no limit of its own',
  expires: 'Expires',
  never: 'never',
  waits: 'Priority',
  classes: { interactive: 'interactive', batch: 'batch: waits until no interactive request does' },
  setBy: { key: 'set for the key', member: 'set for the member', gateway: 'set for the gateway' },
  use: 'Use',
  useNote: 'By whole hours in UTC, with every key of this name. It is up to a second behind.',
  period: 'Period',
  periods: { hour: 'This hour', day: 'Last 24 hours' },
  requests: 'Requests',
  tokensIn: 'Tokens in',
  tokensOut: 'Tokens out',
  failed: 'Errors',
  unread: 'The figures cannot be read right now. Your key works on; load the page again in a moment.',
  queue: 'Queue',
  noQueue: 'None of your requests is waiting.',
  waiting: (count: number, place: number, all: number): string =>
    `${count} of your requests wait; the next has place ${place} of ${all}.`,
  expected: (from: string, to: string): string =>
    `It will probably wait ${from} to ${to} more (right four times of five).`,
  errors: 'Last errors',
  noErrors: 'None among the latest requests of the gateway.',
  unknown: 'See the message that your app received.',
  /** By code, status, or kind of status. */
  advice: {
    model_not_found: 'Choose another model.',
    model_not_allowed: 'Choose another model, or ask for this one.',
    context_length_exceeded: 'Start a new conversation, or shorten the message.',
    insufficient_quota: 'Tell the person who runs the gateway.',
    upstream_paused: 'Tell the person who runs the gateway.',
    401: 'Check the key in your app.',
    413: 'Send less at once: fewer or smaller images, a shorter history.',
    429: 'Wait, then try again; most agents do so by themselves.',
    '5xx': 'Try again. If it stays, tell the person who runs the gateway.',
  } as Readonly<Record<string, string>>,
  rotate: 'New key',
  rotateText:
    'Replaces your key and shows the new one once. Responses that are kept for the old key cannot be read with the new one.',
  atOnce: 'End the old key at once. Otherwise it works for another hour.',
  rotateConfigured:
    'This key is set in the gateway’s configuration and can only be changed there: ask whoever runs the gateway. A key of a member is changed here.',
  rotateButton: 'Make a new key',
  newKey: 'New key',
  newKeyKeep:
    'Keep it now, and put it into your apps: the gateway stores only a digest, and this page shows it once.',
  again: 'Back to my page',
  kept: 'What is kept of you',
  keptRequests:
    'Of each request: time, path, model, status, token counts, durations, your address and the name of your app, among the latest 1,000 requests of the gateway. Prompts and answers are not in it.',
  keptFigures: 'Counts by key: hours for 31 days, days for 400 days.',
  keptResponses: (hours: string): string =>
    `Responses of the Responses API that ask for it (the default there) are kept, encrypted with your key, for ${hours} hours.`,
  noResponses: 'Responses are not kept.',
  keptKey:
    'Of your key: a digest, its name and its settings. Changes are in the audit log with the address they came from.',
  keptConfigured:
    'Of your key: nothing. The gateway reads it from its configuration; a session that you opened with it is forgotten after eight hours.',
  script: {
    wrong: 'This is not a valid key of this gateway, or it has ended.',
    limited: 'Too many attempts. Try again in a minute.',
    ended: 'Your session has ended. Load the page again and show your key.',
    failed: 'That did not work. Try again in a moment.',
  },
};
