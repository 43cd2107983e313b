/** Takes the invite whose token stands in the fragment, and shows the key. */
const button = document.getElementById('join');
const problem = document.getElementById('problem');
const made = document.getElementById('made');

function tell(text) {
  problem.textContent = text;
  problem.hidden = false;
}

function show({ key, base_url: baseUrl }) {
  const [keyCode, baseUrlCode] = made.querySelectorAll('code');
  keyCode.textContent = key;
  baseUrlCode.textContent = baseUrl;
  made.hidden = false;
  problem.hidden = true;
  button.hidden = true;
  document.getElementById('made-title').focus();
  // The token is of no use any more, and need not stay in the browser's history.
  history.replaceState(null, '', location.pathname + location.search);
}

// The page in another language is for the same invite.
for (const link of document.links) {
  if (link.pathname === location.pathname) link.hash = location.hash;
}

button.addEventListener('click', async () => {
  const token = location.hash.slice(1);
  if (token === '') {
    tell(button.dataset.noToken);
    return;
  }
  button.disabled = true;
  try {
    const response = await fetch('/join', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    });
    const { used, limited, failed } = button.dataset;
    if (response.ok) show(await response.json());
    else tell({ 400: used, 404: used, 429: limited }[response.status] ?? failed);
  } catch {
    tell(button.dataset.failed);
  } finally {
    button.disabled = false;
  }
});
