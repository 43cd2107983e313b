/** Refreshes the dashboard: fetches the sections that the server rendered and replaces those that changed. */

const EVERY_MS = 5_000;
const PATIENCE_MS = 8_000;
const TYPING_MS = 300;
/** Remembered for this tab. */
const PAUSED = 'dashboard-paused';

/** Sections of the dashboard when it was one page: old links still name them. */
const MOVED = {
  '/dashboard/requests': ['requests', 'filter', 'request-list', 'addresses'],
  '/dashboard/upstreams': ['queue', 'quotas', 'guests'],
};

const main = document.querySelector('main.dashboard');
const live = document.getElementById('live');
const pulse = document.getElementById('pulse');
const pulseText = document.getElementById('pulse-text');
const pause = document.getElementById('pause');
const stale = document.getElementById('stale');
const texts = document.getElementById('fresh').dataset;

let paused = sessionStorage.getItem(PAUSED) === 'true';
/** When the figures of all replicas came last. */
let goodAt = live.querySelector('[data-live]:not(#status)') && !isOwn(live) ? new Date() : undefined;
const told = document.getElementById('told');
let toldState = stateNow();
let timer;
/** Whether the gateway rejected the password. */
let signedOut = false;
/** The refresh in progress. A newer one aborts it. */
let underWay;

// --- Times: the viewer's own zone, in the page's language ---

const language = document.documentElement.lang;
const locale = navigator.languages.find((one) => one.slice(0, 2) === language.slice(0, 2)) ?? language;
const CLOCK = { hour: '2-digit', minute: '2-digit' };
const FORMS = {
  time: { ...CLOCK, second: '2-digit' },
  minute: CLOCK,
  date: { month: 'short', day: 'numeric', ...CLOCK },
  long: { year: 'numeric', month: 'short', day: 'numeric', ...CLOCK },
  full: { year: 'numeric', month: 'short', day: 'numeric', ...CLOCK, second: '2-digit' },
};
const formats = Object.fromEntries(
  Object.entries(FORMS).map(([form, options]) => [form, new Intl.DateTimeFormat(locale, options)]),
);
const whole = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'long' });
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

function tellLocalTimes(root) {
  const formOf = (element) => formats[element.closest('[data-form]').dataset.form];
  for (const time of root.querySelectorAll('time')) {
    const at = new Date(time.dateTime);
    time.textContent = formOf(time).format(at);
    time.title = whole.format(at);
  }
  for (const title of root.querySelectorAll('title[data-at]')) {
    const figures = title.textContent.slice(title.textContent.indexOf(' · '));
    title.textContent = formOf(title).format(new Date(title.dataset.at)) + figures;
  }
}

// --- Sections: replaced where the server's text of them has changed ---

/** The server's latest HTML of each section, by id. */
const known = new Map();

function sections(root) {
  return [...root.querySelectorAll('[data-live]')];
}

function put(fresh) {
  const [old, current] = [sections(live), sections(fresh)];
  if (old.map(({ id }) => id).join() !== current.map(({ id }) => id).join()) {
    // The set of sections changed: the first figures arrived, or the store became unavailable.
    live.replaceChildren(...fresh.childNodes);
    remember(live);
    tellLocalTimes(live);
    return;
  }
  for (const [index, section] of current.entries()) replace(old[index], section);
}

function remember(root) {
  known.clear();
  for (const section of sections(root)) known.set(section.id, section.outerHTML);
}

function replace(old, fresh) {
  const text = fresh.outerHTML;
  if (known.get(old.id) === text || isInUse(old)) return;
  known.set(old.id, text);
  const place = placeIn(old);
  old.className = fresh.className;
  old.replaceChildren(...fresh.childNodes);
  tellLocalTimes(old);
  restore(old, place);
}

/** Whether the reader selects text in it or has its list open. It is then replaced at a later refresh. */
function isInUse(element) {
  const selection = getSelection();
  const selects = !selection.isCollapsed && element.contains(selection.anchorNode);
  return selects || (element === document.activeElement && element.matches('select'));
}

function placeIn(element) {
  const { activeElement } = document;
  const focused = element.contains(activeElement) ? activeElement : undefined;
  return {
    open: [...element.querySelectorAll('details[open]')].map(({ id }) => id),
    scrolled: [...element.querySelectorAll('.table')].map(({ id, scrollLeft, scrollTop }) => ({
      id,
      scrollLeft,
      scrollTop,
    })),
    focus: focused?.id || (focused?.matches('summary') ? focused.parentElement.id : ''),
  };
}

function restore(element, { open, scrolled, focus }) {
  const find = (id) => (id === '' ? null : element.querySelector(`#${CSS.escape(id)}`));
  for (const id of open) find(id)?.setAttribute('open', '');
  for (const { id, ...position } of scrolled) Object.assign(find(id) ?? {}, position);
  const target = find(focus);
  (target?.matches('details') ? target.querySelector('summary') : target)?.focus({ preventScroll: true });
}

// --- Refreshing ---

async function refresh() {
  clearTimeout(timer);
  underWay?.abort();
  const abort = new AbortController();
  underWay = abort;
  const late = setTimeout(() => abort.abort(), PATIENCE_MS);
  const wanted = location.search;
  try {
    const response = await fetch(`${main.dataset.source}${wanted}`, {
      headers: { accept: 'text/html', 'x-session-proof': main.dataset.proof ?? '' },
      signal: abort.signal,
    });
    const text = await response.text();
    if (underWay !== abort) return;
    if (response.ok) {
      put(new DOMParser().parseFromString(text, 'text/html').body);
      goodAt = new Date();
      signedOut = false;
      tellState();
      showFresh();
    } else if (response.status === 401) {
      // Requests with the old password would count as guesses, for everybody at this address.
      signedOut = true;
      showStale(texts.signIn);
    } else {
      // While the store is unavailable the server still sends the status, and what its replica alone counts: for pages
      // that have not seen more.
      const { body } = new DOMParser().parseFromString(text, 'text/html');
      if (goodAt === undefined && isOwn(body)) showOwn(body);
      else {
        const kept = body.querySelector('#unavailable')?.content ?? body;
        showStale(texts.storeAway, kept.querySelector('#status[data-live]'));
      }
    }
  } catch {
    if (underWay !== abort) return;
    showStale(texts.stale);
  } finally {
    clearTimeout(late);
  }
  schedule();
}

function schedule() {
  clearTimeout(timer);
  if (!paused && !signedOut && !document.hidden) timer = setTimeout(refresh, EVERY_MS);
}

/** Tells screen readers when the status has changed. The section itself changes at every refresh. */
function tellState() {
  const state = stateNow();
  if (state !== toldState) told.textContent = state;
  toldState = state;
}

function stateNow() {
  return live.querySelector('.state strong')?.textContent ?? '';
}

function showFresh() {
  stale.hidden = true;
  main.classList.remove('stale');
  showPulse();
}

/** Whether the figures are those of one replica, while the store is away. */
function isOwn(root) {
  return root.querySelector('#status.own') !== null;
}

function showOwn(fresh) {
  put(fresh);
  tellState();
  showPulse();
}

/** Marks the figures as old. Without the server's `status` the last known state may be outdated. */
function showStale(reason, status) {
  // A page that never had figures shows the status itself.
  if (goodAt === undefined) return;
  const section = document.getElementById('status');
  if (status) replace(section, status);
  else showUnknown(section);
  tellState();
  const at = reason === texts.signIn ? '' : ` ${formats.full.format(goodAt)}`;
  const text = `${reason}${at}`;
  if (stale.textContent !== text) stale.textContent = text;
  stale.hidden = false;
  main.classList.add('stale');
  showPulse();
}

/** Shows the status as unknown until the next refresh. */
function showUnknown(section) {
  if (section.classList.contains('unknown')) return;
  known.delete(section.id);
  section.className = 'status neutral unknown';
  section.querySelector('.state strong').textContent = texts.unknown;
}

function showPulse() {
  const isStale = goodAt === undefined || main.classList.contains('stale');
  pulse.className = `pulse${paused ? ' paused' : isStale ? ' stale' : ''}`;
  const time = goodAt ? ` · ${formats.time.format(goodAt)}` : '';
  pulseText.textContent = `${paused ? texts.paused : texts.refreshed}${time} · ${texts.zone}${texts.colon}${zone}`;
  pause.textContent = paused ? texts.resume : texts.pause;
}

pause.addEventListener('click', () => {
  paused = !paused;
  sessionStorage.setItem(PAUSED, String(paused));
  showPulse();
  if (paused) {
    underWay?.abort();
    underWay = undefined;
    schedule();
  } else refresh();
});

document.addEventListener('visibilitychange', () => {
  if (document.hidden || paused) clearTimeout(timer);
  else refresh();
});

// --- Period, order, filter and pages: the same addresses, without loading the page again ---

function go(url, how = 'pushState') {
  history[how](undefined, '', `${url.pathname}${url.search}`);
  for (const link of document.querySelectorAll('.languages a')) {
    const query = new URLSearchParams(location.search);
    query.set('lang', new URLSearchParams(link.getAttribute('href').slice(1)).get('lang'));
    link.setAttribute('href', `?${query}`);
  }
  return refresh();
}

document.addEventListener('click', (event) => {
  const link = event.target.closest?.('a[data-go]');
  if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  go(new URL(link.href));
  if (link.id === 'filter-clear')
    document
      .getElementById('filter')
      .querySelectorAll('input[type=search], select')
      .forEach((field) => {
        field.value = '';
      });
});

function filterAddress(form) {
  const url = new URL(location.href);
  for (const name of ['q', 'outcome', 'key', 'page']) url.searchParams.delete(name);
  for (const [name, value] of new FormData(form)) {
    if (['q', 'outcome', 'key'].includes(name) && value !== '') url.searchParams.set(name, value);
  }
  return url;
}

document.addEventListener('submit', (event) => {
  if (event.target.id !== 'filter') return;
  event.preventDefault();
  go(filterAddress(event.target));
});

let typing;
document.addEventListener('input', (event) => {
  const form = event.target.closest?.('#filter');
  if (!form) return;
  clearTimeout(typing);
  typing = setTimeout(() => go(filterAddress(form), 'replaceState'), TYPING_MS);
});

// Another script has changed what the sections show.
document.addEventListener('refresh', refresh);

addEventListener('popstate', () => location.reload());

const moved = Object.keys(MOVED).find((page) => MOVED[page].includes(location.hash.slice(1)));
if (moved && location.pathname === '/dashboard') location.replace(`${moved}${location.hash}`);

remember(live);
tellLocalTimes(live);
pulse.hidden = false;
pause.hidden = false;
showPulse();
schedule();
