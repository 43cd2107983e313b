/** Changes the team: opens the Team page's dialogs, sends their forms, and shows a new secret once. */
import { adminText, ask, Cancelled } from './team-admin.js';
import { addBudget, fillForm, readChanges, readForm, resetForm } from './team-forms.js';

const TOLD_MS = 4_000;
/** Kind of an entity → its path in the admin API. */
const PATHS = { key: 'keys', member: 'members' };

const byId = (id) => document.getElementById(id);
const path = (kind, id) => `${PATHS[kind]}/${encodeURIComponent(id)}`;

/** What the dialog of a key or member shows: its kind, its id, and the fields as they were. */
let shown;

function openDialog(id, subject = '') {
  const dialog = byId(id);
  const form = dialog.querySelector('form');
  if (form) resetForm(form);
  tellProblem(dialog, '');
  for (const element of dialog.querySelectorAll('.subject')) element.textContent = subject;
  dialog.showModal();
  return dialog;
}

function tellProblem(dialog, text) {
  const problem = dialog.querySelector('[role=alert]');
  if (!problem) return;
  problem.textContent = text;
  problem.hidden = text === '';
}

let telling;
function tell(text) {
  const toast = byId('toast');
  toast.textContent = text;
  toast.hidden = false;
  clearTimeout(telling);
  telling = setTimeout(() => {
    toast.hidden = true;
  }, TOLD_MS);
}

/** Runs a change; what goes wrong is told in the dialog, or below the page if there is none. */
async function attempt(dialog, work) {
  const buttons = [...(dialog?.querySelectorAll('button') ?? [])].filter(({ disabled }) => !disabled);
  for (const button of buttons) button.disabled = true;
  if (dialog) tellProblem(dialog, '');
  try {
    await work();
  } catch (error) {
    if (error instanceof Cancelled) return;
    if (dialog?.open) tellProblem(dialog, error.message);
    else tell(error.message);
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

function finish(dialog) {
  dialog?.close();
  document.dispatchEvent(new Event('refresh'));
}

/** @param kind `key` or `url` */
function showSecret(kind, subject, text) {
  const dialog = openDialog('secret', subject);
  byId('secret-title').textContent = dialog.dataset[kind];
  dialog.querySelector('.about').textContent = dialog.dataset[`${kind}About`];
  dialog.querySelector('code').textContent = text;
}

/** @returns whether the question was answered with its button */
function confirm(question, subject, label) {
  const dialog = openDialog('confirm', subject);
  dialog.querySelector('.question').textContent = question;
  dialog.querySelector('[type=submit]').textContent = label;
  dialog.returnValue = '';
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}

async function openEntity(kind, id) {
  const entity = await ask('GET', path(kind, id));
  const dialog = openDialog(kind, entity.name);
  const form = dialog.querySelector('form');
  fillForm(form, entity);
  shown = { kind, id, name: entity.name, before: readForm(form) };
  dialog.querySelector('[data-do=disable]').hidden = entity.state === 'disabled';
  dialog.querySelector('[data-do=enable]').hidden = entity.state !== 'disabled';
}

/** What the forms send, by the dialog's id. */
const SUBMIT = {
  invite: async (dialog, fields) => {
    const { url, member } = await ask('POST', 'invites', fields);
    finish(dialog);
    showSecret('url', member, url);
  },
  'add-key': async (dialog, fields) => {
    const { key, name } = await ask('POST', 'keys', fields);
    finish(dialog);
    showSecret('key', name, key);
  },
  'add-member': async (dialog, fields) => {
    await ask('POST', 'members', fields);
    finish(dialog);
    tell(adminText('saved'));
  },
  key: saveEntity,
  member: saveEntity,
};

async function saveEntity(dialog) {
  const changes = readChanges(dialog.querySelector('form'), shown.before);
  if (Object.keys(changes).length > 0) await ask('PATCH', path(shown.kind, shown.id), changes);
  finish(dialog);
  tell(adminText('saved'));
}

/** What the buttons below a key's or member's fields do. */
const DO = {
  invite: async () => openFor('invite'),
  'add-key': async () => openFor('add-key'),
  enable: async (dialog) => {
    await ask('PATCH', path(shown.kind, shown.id), { state: 'active' });
    finish(dialog);
  },
  disable: async (dialog, button) => {
    if (!(await confirm(adminText('disable'), shown.name, button.textContent))) return;
    await ask('PATCH', path(shown.kind, shown.id), { state: 'disabled' });
    finish(dialog);
  },
  remove: async (dialog, button) => {
    const question = adminText(shown.kind === 'key' ? 'removeKey' : 'removeMember');
    if (!(await confirm(question, shown.name, button.textContent))) return;
    await ask('DELETE', path(shown.kind, shown.id));
    finish(dialog);
  },
  rotate: async (dialog, button) => {
    if (!(await confirm(adminText('rotate'), shown.name, button.textContent))) return;
    const seconds = Number(dialog.querySelector('[name=grace]').value);
    const { key, name } = await ask('POST', `${path('key', shown.id)}/rotate`, { grace_seconds: seconds });
    finish(dialog);
    showSecret('key', name, key);
  },
};

/** Opens a dialog for the member that is shown. */
function openFor(id) {
  byId(shown.kind).close();
  openDialog(id).querySelector('[name=member]').value = shown.id;
}

async function revoke(member, label) {
  if (!(await confirm(adminText('revoke'), member, label))) return;
  await ask('DELETE', `invites/${encodeURIComponent(member)}`);
  finish();
}

document.addEventListener('click', (event) => {
  const button = event.target.closest?.('button');
  if (!button) return;
  const dialog = button.closest('dialog');
  const { open, id, do: action } = button.dataset;
  if ('close' in button.dataset) dialog.close();
  else if ('add' in button.dataset)
    addBudget(button.closest('fieldset')).querySelector('[data-of=amount]').focus();
  else if (action) attempt(dialog, () => DO[action](dialog, button));
  else if (open === 'revoke') attempt(undefined, () => revoke(id, button.textContent));
  else if (id) attempt(undefined, () => openEntity(open, id));
  else if (open) openDialog(open);
});

for (const [id, send] of Object.entries(SUBMIT)) {
  const dialog = byId(id);
  dialog.querySelector('form').addEventListener('submit', (event) => {
    event.preventDefault();
    attempt(dialog, () => send(dialog, readChanges(event.target, {})));
  });
}

byId('confirm')
  .querySelector('form')
  .addEventListener('submit', (event) => {
    event.preventDefault();
    byId('confirm').close('yes');
  });
// A secret that is gone cannot be shown again: the Escape key does not close it.
byId('secret').addEventListener('cancel', (event) => event.preventDefault());
byId('secret').addEventListener('close', () => {
  byId('secret').querySelector('code').textContent = '';
});

document.querySelector('main.dashboard').classList.add('scripted');
