// form[data-carry=ID]: an operation that is sent takes along what stands in the form ID, so that
// the server keeps it as a draft and nothing half-typed is lost.
import { setUnsaved } from './guard.js';
import { formEntries } from './values.js';

/** Adds the other form's values, as one text, just before the form is sent. */
export function mountCarry(form) {
  form.addEventListener('submit', () => {
    const other = document.getElementById(form.dataset.carry);
    if (!other) return;
    const carried = form.querySelector('[name=__carried]') ?? form.appendChild(document.createElement('input'));
    carried.type = 'hidden';
    carried.name = '__carried';
    carried.value = new URLSearchParams(formEntries(other)).toString();
    setUnsaved(other, false);
  });
}
