/** The playground: what is typed becomes a request, and its stream becomes a turn of the conversation. */
import { AskError, ask } from '/assets/playground-ask.js';
import { question, Turn } from '/assets/playground-turn.js';

const texts = JSON.parse(document.querySelector('main').dataset.script);
const at = (id) => document.getElementById(id);
const [form, key, model, thinking, system] = ['ask', 'key', 'model', 'thinking', 'system'].map(at);
const [level, levelSetting, thinkingSetting] = ['level', 'level-setting', 'thinking-setting'].map(at);
const [turns, message, send, stop, status] = ['turns', 'message', 'send', 'stop', 'status'].map(at);

/** Where the settings stand above the conversation, and are in its way once they are right. */
const narrow = matchMedia('(max-width: 60rem)');
/** Complete exchanges only: what failed is not sent again. */
let history = [];
/** Levels of thinking by model, of those that have levels. */
const levels = new Map();
/** Ends the request that runs; undefined: none does. */
let running;

form.addEventListener('submit', (event) => {
  event.preventDefault();
  if (running || message.value.trim() === '') return;
  if (key.value.trim() === '') {
    say(texts.noKey);
    at('settings').open = true;
    key.setCustomValidity(texts.noKey);
    key.reportValidity();
    return;
  }
  void exchange(message.value);
});

key.addEventListener('input', () => key.setCustomValidity(''));

message.addEventListener('keydown', (event) => {
  // While an input method composes, Enter chooses a word; 229 is how some browsers say so.
  const composing = event.isComposing || event.keyCode === 229;
  if (event.key === 'Enter' && !event.shiftKey && !composing) {
    event.preventDefault();
    form.requestSubmit();
  }
  if (event.key === 'Escape') running?.abort();
});

message.addEventListener('input', growField);
model.addEventListener('change', showLevels);
for (const example of document.querySelectorAll('.example')) {
  example.addEventListener('click', () => {
    if (running) return;
    message.value = example.dataset.message;
    growField();
    form.requestSubmit();
  });
}
stop.addEventListener('click', () => running?.abort());
at('clear').addEventListener('click', () => {
  running?.abort();
  history = [];
  turns.replaceChildren();
  at('empty').hidden = false;
  say(texts.cleared);
  message.focus();
});

async function exchange(text) {
  const mine = { role: 'user', content: text };
  const body = bodyOf([...history, mine]);
  const asked = history;
  const turn = new Turn(texts, body);
  at('empty').hidden = true;
  turns.append(question(texts, text), turn.element);
  at('conversation').scrollTop = at('conversation').scrollHeight;
  message.value = '';
  growField();
  begin();
  try {
    const answer = await ask(key.value.trim(), body, running.signal, (delta) => turn.add(delta));
    turn.finish(answer);
    say(turn.outcome);
    if (narrow.matches) at('settings').open = false;
    if (history === asked) history = [...asked, mine, { role: 'assistant', content: turn.text }];
  } catch (error) {
    fail(turn, error, { text, kept: history === asked });
  } finally {
    end();
  }
}

function fail(turn, error, { text, kept }) {
  if (error instanceof AskError && error.kind === 'stopped') {
    turn.stop();
    say(texts.stopped);
    // What there is of it belongs to the conversation, as with any chat.
    if (kept && turn.text !== '') {
      history = [...history, { role: 'user', content: text }, { role: 'assistant', content: turn.text }];
    }
    return;
  }
  // The page token of a session that has ended meanwhile.
  if (error.status === 401 && key.value.startsWith('zto-page-')) error.code = 'session_ended';
  const putBack = kept && message.value === '';
  if (putBack) message.value = text;
  growField();
  turn.fail(error, putBack);
  // The failure is an alert of its own, which is read out by itself.
  say('');
}

function bodyOf(messages) {
  const first = system.value.trim() === '' ? [] : [{ role: 'system', content: system.value }];
  return {
    model: model.value,
    messages: [...first, ...messages],
    ...thinkingOf(),
    stream: true,
    stream_options: { include_usage: true },
  };
}

/** A level where the model has levels, else on or off. */
function thinkingOf() {
  if (!levels.has(model.value)) return { thinking: { type: thinking.checked ? 'enabled' : 'disabled' } };
  return level.value === '' ? {} : { reasoning_effort: level.value };
}

/** From few words to many, whatever the order of the list. */
function rememberLevels(id, { supported_efforts: offered, default_effort: usual }) {
  if (!(offered?.length > 0)) return;
  const names = Object.keys(texts.levels).filter((name) => offered.includes(name));
  levels.set(id, { names, usual });
}

/** The chosen level stays where the next model has it, too. */
function showLevels() {
  const offered = levels.get(model.value);
  thinkingSetting.hidden = offered !== undefined;
  levelSetting.hidden = offered === undefined;
  if (offered === undefined) return;
  const chosen = level.value;
  const usual = texts.levels[offered.usual];
  const unsaid = usual === undefined ? texts.levels[''] : `${texts.levels['']} (${usual})`;
  level.replaceChildren(
    new Option(unsaid, ''),
    ...offered.names.map((name) => new Option(texts.levels[name], name, false, name === chosen)),
  );
}

function begin() {
  running = new AbortController();
  const focused = document.activeElement === send;
  send.hidden = true;
  stop.hidden = false;
  if (focused) stop.focus();
  say(texts.writing);
}

function end() {
  running = undefined;
  const focused = document.activeElement === stop;
  stop.hidden = true;
  send.hidden = false;
  if (focused) message.focus();
}

/** Once at the beginning and once at the end: nobody wants every word read out as it comes. */
function say(text) {
  status.textContent = text;
}

/** The field grows with what is typed, up to what its style allows. */
function growField() {
  message.rows = Math.min(12, Math.max(2, message.value.split('\n').length));
}

async function loadModels() {
  try {
    // With a session those that its key may use.
    const headers = key.value === '' ? {} : { authorization: `Bearer ${key.value}` };
    const response = await fetch('/v1/models', { headers });
    if (!response.ok) throw new Error(String(response.status));
    const { data } = await response.json();
    const chosen = model.value;
    model.replaceChildren(...data.map(({ id }) => new Option(id, id, false, id === chosen)));
    for (const { id, reasoning } of data) rememberLevels(id, reasoning ?? {});
    showLevels();
  } catch {
    at('models-failed').textContent = texts.modelsFailed;
    at('models-failed').hidden = false;
  }
}

void loadModels();
