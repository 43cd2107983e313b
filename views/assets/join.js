/** Takes the invite whose token stands in the fragment, and shows the key and every set-up with it. */
const button = document.getElementById('join');
const problem = document.getElementById('problem');
const made = document.getElementById('made');

/** Names of models that can stand in a shell, JSON, TOML and YAML without quoting. */
const PLAIN_NAME = /^[\w./:@-]+$/;

function tell(text) {
  problem.textContent = text;
  problem.hidden = false;
}

function show({ key }) {
  replaceInCode(made.dataset.key, key);
  document.getElementById('invite').hidden = true;
  problem.hidden = true;
  made.hidden = false;
  document.getElementById('made-title').focus();
  // The token is of no use any more, and need not stay in the browser's history.
  history.replaceState(null, '', location.pathname + location.search);
  void openSession(key);
  // Afterwards: the key is shown even where the upstream is slow to list its models.
  void nameModel(key);
}

/** Then the pages that the links open know the key. Should it fail, they ask for it. */
async function openSession(key) {
  const body = JSON.stringify({ key });
  const headers = { 'content-type': 'application/json' };
  await fetch('/me/session', { method: 'POST', headers, body }).catch(() => undefined);
  document.getElementById('open').hidden = false;
}

function replaceInCode(before, after) {
  for (const code of made.querySelectorAll('code')) {
    code.textContent = code.textContent.replaceAll(before, after);
  }
}

/** Where the key may not use the default model, the set-ups name the first that it may use. */
async function nameModel(key) {
  const usual = made.dataset.model;
  try {
    const response = await fetch('/v1/models', { headers: { authorization: `Bearer ${key}` } });
    const names = (await response.json()).data.map(({ id }) => id);
    if (names.some((name) => name.toLowerCase() === usual.toLowerCase())) return;
    const other = names.find((name) => PLAIN_NAME.test(name));
    if (other !== undefined) replaceInCode(usual, other);
  } catch {
    // The set-ups keep the default model.
  }
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
