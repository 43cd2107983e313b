/** Asks the admin API, with the admin's password, which this page asks for and keeps in its memory, or by the session of a member. */

const { dataset: texts } = document.getElementById('team-texts');
const { proof } = document.getElementById('content').dataset;
const dialog = document.getElementById('password');
const form = dialog.querySelector('form');
const problem = dialog.querySelector('[role=alert]');

let password;
let hasSession = 'session' in texts;

/** The password was not given. */
export class Cancelled extends Error {}

export const adminText = (name) => texts[name];

/** @returns the answer's body; throws with a text for the reader, or `Cancelled` */
export async function ask(method, path, body) {
  let wrong = '';
  for (;;) {
    if (!hasSession) password ??= await askPassword(wrong);
    const response = await send(method, path, body);
    if (response.status !== 401) return readAnswer(response);
    hasSession = false;
    password = undefined;
    wrong = texts.wrongPassword;
  }
}

async function send(method, path, body) {
  const headers = {
    ...(hasSession ? { 'x-session-proof': proof ?? '' } : { authorization: `Bearer ${password}` }),
    ...(body ? { 'content-type': 'application/json' } : {}),
  };
  try {
    return await fetch(`/admin/${path}`, {
      method,
      headers,
      body: body && JSON.stringify(body),
      // Without the browser's own sign-in dialog.
      credentials: hasSession ? 'same-origin' : 'omit',
    });
  } catch {
    throw new Error(texts.failed);
  }
}

async function readAnswer(response) {
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  const known = { 403: texts.notAllowed, 429: texts.limited, 503: texts.away };
  throw new Error(known[response.status] ?? `${texts.conflict}${answer.error?.message ?? response.status}`);
}

function askPassword(text) {
  form.reset();
  problem.textContent = text;
  problem.hidden = text === '';
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((resolve, reject) => {
    dialog.addEventListener(
      'close',
      () => {
        const { value } = form.elements.password;
        form.reset();
        if (dialog.returnValue === 'given') resolve(value);
        else reject(new Cancelled());
      },
      { once: true },
    );
  });
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  dialog.close('given');
});
