/** An answer's Markdown as a fragment that is safe to show: HTML in it stays text, and nothing is loaded for it. */
import DOMPurify from '/assets/dompurify.js';
import { Marked } from '/assets/marked.js';

const marked = new Marked({
  gfm: true,
  breaks: true,
  renderer: {
    html: ({ text }) => escapeHtml(text),
    // An address in an answer is not fetched unasked: it could tell others what was asked.
    image: ({ href, text }) => `<a href="${escapeHtml(href)}">${escapeHtml(text || href)}</a>`,
    code: ({ text }) => `<figure><pre tabindex="0"><code>${escapeHtml(text)}</code></pre></figure>`,
    table(token) {
      return `<div tabindex="0">${tableOf(this, token)}</div>`;
    },
    checkbox: ({ checked }) => (checked ? '☑ ' : '☐ '),
  },
});

const ALLOWED_TAGS =
  'a blockquote br code del div em figure h1 h2 h3 h4 h5 h6 hr li ol p pre strong table tbody td th thead tr ul'.split(
    ' ',
  );
const ALLOWED_ATTR = ['href', 'start', 'tabindex'];

export function renderMarkdown(text) {
  const fragment = DOMPurify.sanitize(marked.parse(text), {
    ALLOWED_TAGS,
    ALLOWED_ATTR,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
    RETURN_DOM_FRAGMENT: true,
  });
  for (const link of fragment.querySelectorAll('a')) {
    link.rel = 'noopener noreferrer nofollow';
    link.target = '_blank';
  }
  for (const figure of fragment.querySelectorAll('figure')) figure.className = 'code';
  for (const wrapper of fragment.querySelectorAll('div')) wrapper.className = 'table';
  return fragment;
}

function tableOf(renderer, { header, rows }) {
  const row = (cells, tag) =>
    `<tr>${cells.map(({ tokens }) => `<${tag}>${renderer.parser.parseInline(tokens)}</${tag}>`).join('')}</tr>`;
  return `<table><thead>${row(header, 'th')}</thead><tbody>${rows.map((cells) => row(cells, 'td')).join('')}</tbody></table>`;
}

function escapeHtml(text) {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
