/** The test of alerts: asks the gateway to send one message to each receiver, and shows what became of it. */

const form = document.getElementById('alert-test');
const result = document.getElementById('alert-result');

form?.addEventListener('submit', async (event) => {
  event.preventDefault();
  const { password, send } = form.elements;
  send.disabled = true;
  result.textContent = '';
  try {
    const response = await fetch('/admin/alerts/test', {
      method: 'POST',
      // Without the browser's own sign-in dialog.
      credentials: 'omit',
      headers: { authorization: `Bearer ${password.value}` },
    });
    const body = await response.json();
    result.textContent = response.ok ? body.data.map(describe).join(' · ') : body.error.message;
  } catch {
    result.textContent = form.dataset.away;
  } finally {
    send.disabled = false;
  }
});

function describe({ receiver, problem }) {
  return problem === null
    ? `${receiver}: ${form.dataset.arrived}`
    : `${receiver}: ${form.dataset.failed} (${problem})`;
}
