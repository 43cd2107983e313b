/** Forms as fields of the admin API: the `name` of a field there, and its `data-kind`. */

const READ = {
  text: ({ value }) => value.trim() || null,
  choice: ({ value }) => value || null,
  day: ({ value }) => value || null,
  number: ({ value }) => (value === '' ? null : Number(value)),
  flag: ({ checked }) => checked,
  list: ({ value }) => {
    const words = value.split(/[\s,，、]+/).filter(Boolean);
    return words.length > 0 ? words : null;
  },
};

const FILL = {
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
