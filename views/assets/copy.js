/** Puts a copy button on every block of code and every value of a form; without this script there is just no button. */
const { copy, copied, notCopied } = document.body.dataset;
const TOLD_MS = 2000;

/** Adds the button to `block`, unless it has one: for blocks that come later, too. */
export function addCopyButton(block) {
  if (block.querySelector('.copy')) return;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'copy';
  button.textContent = copy;
  // Announced politely when it says that it has copied.
  button.setAttribute('aria-live', 'polite');
  button.addEventListener('click', async () => {
    const done = await copyText(block.querySelector('code').textContent);
    button.textContent = done ? copied : notCopied;
    setTimeout(() => {
      button.textContent = copy;
    }, TOLD_MS);
  });
  block.append(button);
}

/** Over plain HTTP, from any name but localhost, browsers have no clipboard but the old way. */
async function copyText(text) {
  if (navigator.clipboard) {
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => copyOldWay(text),
    );
  }
  return copyOldWay(text);
}

function copyOldWay(text) {
  const focused = document.activeElement;
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'off-screen';
  document.body.append(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  focused?.focus();
  return done;
}

for (const block of document.querySelectorAll('figure.code, .settings dd')) addCopyButton(block);
