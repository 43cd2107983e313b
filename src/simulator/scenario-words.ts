/** The scenario words by subject: what the simulator can be told, and what `npm run simulator` says about it. */
import { CALL_FORMS } from './call-forms.js';
import { ERROR_FORMS } from './error-forms.js';
import { SERVERS } from './servers.js';
import { CHUNK_FORMS, END_FORMS, FRAME_FORMS } from './stream-forms.js';

export type Protocol = 'web' | 'openai';

export interface ScenarioWord {
  name: string;
  about: string;
  /** The only protocol with this instruction; `undefined` when both have it. */
  only?: Protocol;
  /** Stops after the attempts of `sim:times`. */
  failing?: boolean;
  /** The allowed values. */
  values?: readonly string[];
}

const failing = true;
const web = 'web';
const openai = 'openai';

const ANSWERS: readonly ScenarioWord[] = [
  { name: 'say(TEXT)', about: 'answer exactly TEXT' },
  { name: 'echo-body', about: 'answer the JSON of the request in a code fence' },
  { name: 'recall', about: 'answer with the earlier thinking that the model still sees' },
  { name: 'events=N', about: 'answer N small deltas' },
  { name: 'size=BYTES', about: 'bytes of each of those deltas' },
  { name: 'huge-line=BYTES', about: 'one delta of that size' },
  { name: 'document=BYTES', about: 'deltas of 1 MB until the answer is larger than that' },
  { name: 'think-long=N', about: 'N lines of thinking' },
  { name: 'json-wrong', about: 'where JSON is asked for, the first answer does not fit; =always: none does' },
  { name: 'served=MODEL', about: 'the answer names this model, not the one asked for' },
];

const TOOLS: readonly ScenarioWord[] = [
  { name: 'tools', about: 'call the declared tools one after the other, then quote their results' },
  { name: 'tools=N', about: 'only the first N of them' },
  { name: 'tools-parallel', about: 'call them all at once; =N: the first N' },
  { name: 'read(FILE)', about: 'read FILE with the tools of the coding agent that asks' },
  {
    name: 'call(NAME|JSON)',
    about: 'call the tool whose name ends in NAME; fitting arguments unless JSON is given',
  },
  { name: 'edit(FILE|OLD|NEW)', about: 'edit FILE with the tools of the coding agent that asks' },
  {
    name: 'tools-as=HOW',
    about: 'how calls are written into the text',
    only: web,
    values: ['prose', 'fence', 'repairable', 'hopeless', 'undeclared', 'twice', 'unclosed', 'cut', 'block'],
  },
  {
    name: 'tools-as=HOW',
    about: 'how calls are written into the stream',
    only: openai,
    values: Object.keys(CALL_FORMS),
  },
];

const PACE: readonly ScenarioWord[] = [
  { name: 'pace=MS', about: 'pause between events, 0 = as few writes as possible' },
  { name: 'apart', about: 'with pace=0: each event a write of its own, as Z.ai sends them' },
  { name: 'delay=MS', about: 'silence before the headers', failing },
  { name: 'headers-then-delay=MS', about: 'headers, then silence before the first event', failing },
];

const FAILURES: readonly ScenarioWord[] = [
  {
    name: 'status=S',
    about: 'HTTP failure: 401, 429, 529, …; on web also 400-signature, 400-busy, 429-concurrency',
    failing,
  },
  {
    name: 'code=N',
    about: "HTTP failure with Z.ai's business code N, under its own status or that of sim:status",
    only: openai,
    failing,
  },
  {
    name: 'resets-in=S',
    about: 'seconds until the limit of the codes 1308 and 1310 is reset',
    only: openai,
  },
  { name: 'chinese', about: 'the texts of the codes as the mainland API has them', only: openai },
  {
    name: 'error-as=FORM',
    about: 'form of the error of sim:status, sim:code, sim:error-mid or sim:json-200',
    only: openai,
    values: Object.keys(ERROR_FORMS),
  },
  { name: 'retry-after=S', about: 'adds the header to the failure' },
  { name: 'times=N', about: 'the failure happens to the first N attempts of this message only' },
  { name: 'gzip-error', about: '500, body encoded with gzip', failing },
  { name: 'html-error', about: '500 with a page', failing },
  { name: 'empty-error', about: '500 without a body', failing },
  { name: 'broken-json-error', about: '500 with half a JSON body', failing },
  { name: 'html-200', about: '200 with a page', failing },
  { name: 'json-200', about: '200 with an error as JSON', failing },
  { name: 'captcha', about: 'in-stream FRONTEND_CAPTCHA_REQUIRED', only: web, failing },
  { name: 'level', about: 'in-stream 403, model not for this user level', only: web, failing },
];

const KINDS_OF_SERVER: readonly ScenarioWord[] = [
  {
    name: 'server=KIND',
    about: 'play another self-hosted server than vLLM',
    only: openai,
    values: Object.keys(SERVERS),
  },
  {
    name: 'refuses=FIELDS',
    about: 'these fields are unknown, such as chat_template_kwargs,messages.reasoning_content',
    only: openai,
  },
  { name: 'refuses-value=FIELDS', about: 'the values of these fields are not allowed', only: openai },
  { name: 'ignores=FIELDS', about: 'these fields are ignored', only: openai },
  { name: 'text-only', about: 'a self-hosted model refuses images; llama.cpp always does', only: openai },
  {
    name: 'context=TOKENS',
    about: 'a longer prompt is refused, under the status of sim:status',
    only: openai,
  },
];

const FAULTS: readonly ScenarioWord[] = [
  { name: 'after=N', about: 'events before the fault of the same message (3)' },
  {
    name: 'error-mid',
    about: 'an error after a few events; =N: of that business code or HTTP status (openai only)',
    failing,
  },
  { name: 'truncate', about: 'the body ends after a few events, without an end event', failing },
  { name: 'cut', about: 'the connection is cut after a few events', failing },
  { name: 'glued', about: 'after a few events one breaks off, and the next begins on its line', failing },
  { name: 'silence=MS', about: 'a pause after a few events', failing },
  { name: 'stall', about: 'a few events, then no more', failing },
  { name: 'empty', about: 'an event stream without events', failing },
];

const STREAMS: readonly ScenarioWord[] = [
  {
    name: 'frames=FORM',
    about: 'how events stand on the wire',
    only: openai,
    values: Object.keys(FRAME_FORMS),
  },
  { name: 'chunk-as=FORM', about: 'what chunks hold', only: openai, values: Object.keys(CHUNK_FORMS) },
  {
    name: 'end=FORM',
    about: 'what comes after the finish reason in place of [DONE]',
    only: openai,
    values: Object.keys(END_FORMS),
    failing,
  },
  { name: 'finish=REASON', about: 'this finish_reason', only: openai, failing },
  { name: 'no-done', about: 'no [DONE]; on web no done event', failing },
  { name: 'no-usage', about: 'usage is left out', failing },
  { name: 'whole', about: 'a whole completion where a stream was asked for', only: openai },
  { name: 'content-type=TYPE', about: 'another content type than the body has', only: openai },
  { name: 'reasoning-field', about: 'thinking in `reasoning`, not `reasoning_content`', only: openai },
  { name: 'done-line', about: 'a [DONE] line at the end', only: web },
  { name: 'done-with-content', about: 'text, usage and the end in one event' },
];

const SEQUENCES = (
  [
    ['s1', 'a plain answer'],
    ['s2', 'thinking, then an answer, and events after the end'],
    ['s3', 'thinking whose markup is cut anywhere'],
    ['s4', 'a call whose edits rewrite it from inside'],
    ['s5', 'a call in events of its own'],
    ['s6-f1', 'an error in two places'],
    ['s6-f2', 'an error with a text as its code'],
    ['s6-f3', 'an error in the inner place'],
    ['s6-f4', 'an error on the top level'],
    ['s6-f5', 'a client version that is refused'],
    ['s7', 'an error after text'],
    ['s8', 'usage alone, then the end'],
    ['s9', 'text, usage and the end in one event'],
    ['s10', 'two rounds of thinking'],
    ['s11', 'odd lines, the last one broken'],
    ['s12', 'a line of 100 KB, cut within a character'],
    ['s13', 'no end after text'],
    ['s14', 'no event'],
  ] as const
).map(([name, about]): ScenarioWord => ({ name, about, only: web, failing }));

export const WORD_GROUPS: readonly { heading: string; words: readonly ScenarioWord[] }[] = [
  { heading: 'What is answered', words: ANSWERS },
  { heading: 'Calls of tools', words: TOOLS },
  { heading: 'Pace', words: PACE },
  { heading: 'Failures before the first event', words: FAILURES },
  { heading: 'Strict and limited servers', words: KINDS_OF_SERVER },
  { heading: 'Faults within a stream', words: FAULTS },
  { heading: 'Odd streams', words: STREAMS },
  { heading: 'Fixed sequences of the web chat', words: SEQUENCES },
];

export const SCENARIO_WORDS = WORD_GROUPS.flatMap(({ words }) => words);
