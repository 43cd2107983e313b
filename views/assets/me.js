/** Opens and ends the session of My page, and makes a new key. A key is only ever in a body, never in an address. */
const { dataset: texts } = document.getElementById('content');
const problem = document.getElementById('problem');

function tell(text) {
  problem.textContent = text;
  problem.hidden = false;
}

async function send(method, path, body) {
  return fetch(path, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(texts.proof ? { 'x-session-proof': texts.proof } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
}

/** Runs `work` with the button disabled, and tells of a connection that fails. */
async function once(button, work) {
  button.disabled = true;
  problem.hidden = true;
  try {
    await work();
  } catch {
    tell(texts.failed);
  } finally {
    button.disabled = false;
  }
}

async function open(field) {
  const response = await send('POST', '/me/session', { key: field.value.trim() });
  if (response.ok) {
    field.value = '';
    location.replace(location.href);
    return;
  }
  const { wrong, limited, failed } = texts;
  tell({ 400: wrong, 401: wrong, 429: limited }[response.status] ?? failed);
}

async function rotate() {
  const atOnce = document.getElementById('at-once').checked;
  const response = await send('POST', '/me/key/rotate', { grace_seconds: atOnce ? 0 : 3600 });
  if (!response.ok) {
    tell(response.status === 401 ? texts.ended : texts.failed);
    return;
  }
  const made = document.getElementById('made');
  const { key } = await response.json();
  made.querySelector('code').textContent = key;
  made.hidden = false;
  document.getElementById('mine').hidden = true;
  document.getElementById('log-out').hidden = true;
  document.getElementById('made-title').focus();
  // The session ended with the old secret. Should the new one open none, the page asks for the key.
  await send('POST', '/me/session', { key }).catch(() => undefined);
}

async function logOut() {
  const response = await send('DELETE', '/me/session');
  // Without a session there is nothing left to end.
  if (response.ok || response.status === 401) location.replace(location.href);
  else tell(texts.failed);
}

function onSubmit(id, work) {
  const form = document.getElementById(id);
  form?.addEventListener('submit', (event) => {
    event.preventDefault();
    once(form.querySelector('button'), work);
  });
}

onSubmit('open', () => open(document.getElementById('key')));
onSubmit('rotate', rotate);
const leave = document.getElementById('log-out');
leave?.addEventListener('click', () => once(leave, logOut));
