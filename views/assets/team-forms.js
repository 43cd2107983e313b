/** Forms as fields of the admin API: the `name` of a field there, and its `data-kind`. */

const READ = {
  text: ({ value }) => value.trim() || null,
  choice: ({ value }) => value || null,
  day: ({ value }) => value || null,
  number: ({ value }) => (value === '' ? null : Number(value)),
  flag: ({ checked }) => checked,
  budgets: readBudgets,
  list: ({ value }) => {
    const words = value.split(/[\s,，、]+/).filter(Boolean);
    return words.length > 0 ? words : null;
  },
};

/** Rows of amount, unit and period; those without an amount are none. */
function readBudgets(fieldset) {
  const budgets = [...fieldset.querySelectorAll('.budget')].flatMap((row) => {
    const { amount, unit, period, hard } = partsOf(row);
    if (amount.value === '') return [];
    const of = { period: period.value, hard: hard.checked };
    if (unit.value === 'tokens') return [{ tokens: Number(amount.value), ...of }];
    return [{ money: Number(amount.value), currency: unit.value, ...of }];
  });
  return budgets.length > 0 ? budgets : null;
}

function fillBudgets(fieldset, budgets) {
  const [first, ...others] = fieldset.querySelectorAll('.budget');
  for (const row of others) row.remove();
  fillBudget(first, undefined);
  for (const [index, budget] of (budgets ?? []).entries())
    fillBudget(index === 0 ? first : addBudget(fieldset), budget);
}

function fillBudget(row, budget) {
  const { amount, unit, period, hard } = partsOf(row);
  amount.value = budget?.tokens ?? budget?.money ?? '';
  unit.value = budget?.tokens === undefined ? (budget?.currency ?? 'USD') : 'tokens';
  period.value = budget?.period ?? 'month';
  hard.checked = budget?.hard ?? false;
}

function partsOf(row) {
  return Object.fromEntries([...row.querySelectorAll('[data-of]')].map((field) => [field.dataset.of, field]));
}

/** @returns an empty row at the end */
export function addBudget(fieldset) {
  const rows = [...fieldset.querySelectorAll('.budget')];
  const row = rows[0].cloneNode(true);
  rows.at(-1).after(row);
  fillBudget(row, undefined);
  return row;
}

const FILL = {
  budgets: fillBudgets,
  day: (field, value) => {
    // A day lasts to its end: it is stored as the midnight after it.
    field.value = value ? new Date(new Date(value).getTime() - 1).toISOString().slice(0, 10) : '';
  },
  flag: (field, value) => {
    field.checked = value !== false;
  },
  list: (field, value) => {
    field.value = (value ?? []).join(' ');
  },
};

function fieldsOf(form) {
  return [...form.elements].filter(({ name, dataset }) => name && dataset.kind in READ);
}

/** Every field becomes what it is in the page. */
export function resetForm(form) {
  form.reset();
  for (const field of fieldsOf(form)) if (field.dataset.kind === 'budgets') fillBudgets(field, []);
}

export function fillForm(form, entity) {
  for (const field of fieldsOf(form)) {
    const fill = FILL[field.dataset.kind];
    const value = entity[field.name];
    if (fill) fill(field, value);
    else field.value = value ?? '';
  }
}

/** All fields by name, null for empty ones. */
export function readForm(form) {
  return Object.fromEntries(fieldsOf(form).map((field) => [field.name, READ[field.dataset.kind](field)]));
}

/** The fields that differ from `before`; a field that was not there differs unless it is empty. */
export function readChanges(form, before) {
  const text = (value) => JSON.stringify(value ?? null);
  return Object.fromEntries(
    Object.entries(readForm(form)).filter(([name, value]) => text(value) !== text(before[name])),
  );
}
