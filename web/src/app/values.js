// Reading a form's values and putting them back, rows of repeats included.
import { setRowCount } from './repeat.js';

const OWN = new Set([ 'csrf_token', '_method' ]);

/** The form's values as [name, text] pairs, files and protocol fields left out. */
export function formEntries(form) {
  return [ ...new FormData(form) ].filter(([ name, value ]) => typeof value === 'string' && !OWN.has(name));
}

/** Puts pairs of `formEntries` back; repeats get as many rows as the pairs need. */
export function fillForm(form, entries) {
  const byName = new Map();
  for (const [ name, value ] of entries) byName.set(name, [ ...(byName.get(name) ?? []), value ]);

  for (const repeat of form.querySelectorAll('[data-repeat]')) {
    const prefix = repeat.dataset.repeat;
    const indexes = [ ...byName.keys() ]
      .filter(name => name.startsWith(prefix))
      .map(name => name.slice(prefix.length).match(/^[[.](\d+)/)?.[1])
      .filter(index => index !== undefined)
      .map(Number);
    setRowCount(repeat, indexes.length ? Math.max(...indexes) + 1 : 0);
  }

  const used = new Map();
  for (const control of form.elements) {
    if (!control.name || OWN.has(control.name) || control.type === 'file') continue;
    const values = byName.get(control.name) ?? [];
    if (control.type === 'checkbox' || control.type === 'radio') {
      control.checked = values.includes(control.value);
    } else if (control instanceof HTMLSelectElement && control.multiple) {
      for (const option of control.options) option.selected = values.includes(option.value);
    } else if ('value' in control && control.type !== 'submit' && control.type !== 'button') {
      const position = used.get(control.name) ?? 0;
      used.set(control.name, position + 1);
      if (position < values.length) control.value = values[position];
    }
  }
}
