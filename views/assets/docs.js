/** Marks in the table of contents which section is being read. */
const links = new Map();
for (const link of document.querySelectorAll('.contents a')) links.set(link.hash.slice(1), link);
const headings = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);

/** The last heading above this line, in pixels from the top, is that of what is read. */
const READING_LINE = 120;
let current;

function mark() {
  const above = headings.filter((heading) => heading.getBoundingClientRect().top < READING_LINE);
  // A short last section never gets up to the line.
  const atTheEnd = innerHeight + scrollY >= document.documentElement.scrollHeight - 2;
  const heading = atTheEnd ? headings.at(-1) : (above.at(-1) ?? headings[0]);
  const next = links.get(heading?.id);
  if (next === current) return;
  current?.removeAttribute('aria-current');
  next?.setAttribute('aria-current', 'true');
  current = next;
}

let waiting = false;
addEventListener(
  'scroll',
  () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      mark();
    });
  },
  { passive: true },
);
mark();
