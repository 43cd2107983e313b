/** One turn of the conversation as it is shown: the question, and the answer while it grows. */
import { addCopyButton } from '/assets/copy.js';
import { PATH } from '/assets/playground-ask.js';
import { renderMarkdown } from '/assets/playground-markdown.js';

/** Markdown is read anew from its beginning: at most this often, and less often when that takes long. */
const RENDER_EVERY_MS = 80;
/** In pixels. */
const NEAR_THE_END = 60;

export function question(texts, text) {
  const element = make('li', 'turn question');
  element.append(make('h2', 'speaker', texts.you), make('p', 'said', text));
  return element;
}

export class Turn {
  element = make('li', 'turn answer');
  text = '';
  /** What a screen reader is told at the end. */
  outcome = '';
  #reasoning = make('div', 'reasoning-text');
  #thinking = make('details', 'reasoning');
  #summary;
  #answer = make('div', 'markdown');
  #waiting;
  #toolCalled = false;
  #startedAt = performance.now();
  #firstAt;
  #timer;

  constructor(texts, body) {
    this.texts = texts;
    this.body = body;
    this.#summary = make('summary', '', texts.thinking);
    this.#waiting = make('p', 'muted waiting', texts.waiting);
    this.#thinking.append(this.#summary, this.#reasoning);
    this.#thinking.hidden = true;
    this.#thinking.open = true;
    this.element.append(make('h2', 'speaker', body.model), this.#waiting, this.#thinking, this.#answer);
  }

  add({ content, reasoning_content: reasoning, tool_calls: calls }) {
    if (!content && !reasoning && !calls) return;
    this.#firstAt ??= performance.now();
    this.#toolCalled ||= Boolean(calls);
    this.#waiting.remove();
    this.#staysInView(() => {
      if (reasoning) {
        this.#thinking.hidden = false;
        this.#reasoning.append(reasoning);
      }
      if (content) {
        if (this.text === '') this.#thought();
        this.text += content;
        this.#renderSoon();
      }
    });
  }

  finish({ finishReason, usage }) {
    this.#close();
    this.outcome = this.#outcomeOf(finishReason);
    if (this.outcome !== this.texts.finished) {
      this.#staysInView(() => this.element.append(make('p', 'note warn', this.outcome)));
    }
    this.#showFigures(usage);
  }

  stop() {
    this.#close();
    this.#staysInView(() => this.element.append(make('p', 'note', this.texts.stopped)));
    this.#showFigures(undefined);
  }

  fail(error, putBack) {
    this.#close();
    const { texts } = this;
    const note = make('div', 'note bad');
    note.setAttribute('role', 'alert');
    const headline = { network: texts.unreachable, cut: texts.incomplete, 'in-band': texts.incomplete };
    note.append(make('p', 'headline', headline[error.kind] ?? texts.failed));
    const advice = texts.hints[error.code] ?? texts.hints[error.status];
    const hint = [advice, putBack ? texts.putBack : undefined].filter(Boolean).join(' ');
    if (error.message) note.append(make('p', '', error.message));
    if (hint) note.append(make('p', '', hint));
    if (error.requestId && !error.message.includes(error.requestId))
      note.append(make('p', 'small muted', `${texts.requestId}: ${error.requestId}`));
    this.#staysInView(() => this.element.append(note));
  }

  #close() {
    clearTimeout(this.#timer);
    this.#waiting.remove();
    this.#thought();
    this.#staysInView(() => this.#render());
    for (const figure of this.#answer.querySelectorAll('figure.code')) addCopyButton(figure);
  }

  #thought() {
    this.#thinking.open = false;
    this.#summary.textContent = this.texts.thought;
  }

  #outcomeOf(finishReason) {
    const { texts } = this;
    if (finishReason === 'length') return texts.cutByLength;
    if (finishReason === 'content_filter') return texts.filtered;
    if (this.#toolCalled) return texts.tools;
    return this.text === '' ? texts.empty : texts.finished;
  }

  #renderSoon(delay = RENDER_EVERY_MS) {
    this.#timer ??= setTimeout(() => {
      const before = performance.now();
      this.#staysInView(() => this.#render());
      const took = performance.now() - before;
      this.#timer = undefined;
      if (took > RENDER_EVERY_MS / 4) this.#renderSoon(took * 5);
    }, delay);
  }

  #render() {
    if (this.text !== '') this.#answer.replaceChildren(renderMarkdown(this.text));
  }

  #showFigures(usage) {
    const { texts } = this;
    const end = performance.now();
    const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;
    const figures = [];
    if (usage)
      figures.push([texts.tokensIn, usage.prompt_tokens], [texts.tokensOut, usage.completion_tokens]);
    if (this.#firstAt) figures.push([texts.firstToken, seconds(this.#firstAt - this.#startedAt)]);
    figures.push([texts.duration, seconds(end - this.#startedAt)]);
    const writing = (end - this.#firstAt) / 1000;
    if (usage && writing > 0) figures.push([texts.rate, (usage.completion_tokens / writing).toFixed(1)]);
    const list = make('dl', 'figures');
    for (const [name, value] of figures) {
      const entry = make('div');
      entry.append(make('dt', '', name), make('dd', 'figure', String(value)));
      list.append(entry);
    }
    this.#staysInView(() => this.element.append(list, curlOf(texts, this.body)));
  }

  /** Follows the end of the answer, unless the reader has scrolled away from it. */
  #staysInView(change) {
    const pane = this.element.parentElement.parentElement;
    const follows = pane.scrollHeight - pane.scrollTop - pane.clientHeight < NEAR_THE_END;
    change();
    if (follows) pane.scrollTop = pane.scrollHeight;
  }
}

/** With `$KEY` in place of the key. */
function curlOf(texts, body) {
  const details = make('details', 'curl');
  const figure = make('figure', 'code');
  const pre = make('pre');
  pre.tabIndex = 0;
  pre.setAttribute('aria-label', texts.curl);
  const quoted = JSON.stringify(body).replaceAll("'", "'\\''");
  const lines = [
    `curl -N ${location.origin}${PATH}`,
    '-H "Authorization: Bearer $KEY"',
    '-H "Content-Type: application/json"',
    `-d '${quoted}'`,
  ];
  pre.append(make('code', '', lines.join(' \\\n  ')));
  figure.append(pre);
  addCopyButton(figure);
  details.append(make('summary', '', texts.curl), figure);
  return details;
}

function make(name, className = '', text = '') {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.textContent = text;
  return element;
}
