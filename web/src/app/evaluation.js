// form[data-evaluate=URL]: the server works out what is shown, computed and wrong (FEEL lives only
// there); the page only switches it on and off, so that nothing typed is touched.
import { debounce } from '../shared/elements.js';
import { request } from '../shared/http.js';
import { formEntries } from './values.js';

/** Asks the server after every pause in typing. */
export function mountEvaluation(form) {
  let running = null;
  const ask = debounce(async () => {
    running?.abort();
    running = new AbortController();
    try {
      const { body } = await request(form.dataset.evaluate, {
        method: 'POST', body: new URLSearchParams(formEntries(form)), signal: running.signal
      });
      applyEvaluation(form, body);
    } catch {
      // The page stays as it is; the server checks again when the form is sent.
    }
  }, 350);
  for (const name of [ 'input', 'change', 'banshi:change' ]) form.addEventListener(name, ask);
  form.addEventListener('focusout', event => { if (event.target.name) event.target.dataset.touched = ''; });
  ask();
}

/**
 * Shows the server's answer { hidden: [path], computed: {path: text}, errors: {path: message} }.
 * Errors are shown beside fields that were already left, and taken away wherever they are mended.
 */
export function applyEvaluation(form, { hidden, computed, errors }) {
  if (hidden) {
    const gone = new Set(hidden);
    for (const field of form.querySelectorAll('[data-field]')) field.hidden = gone.has(field.dataset.field);
    disableHidden(form);
  }
  for (const [ path, text ] of Object.entries(computed ?? {})) {
    for (const node of form.querySelectorAll(`[data-computed="${CSS.escape(path)}"]`)) {
      if ('value' in node) node.value = text ?? '';
      else node.textContent = text ?? '';
    }
  }
  if (errors) {
    for (const control of form.elements) {
      if (!control.name) continue;
      const message = errors[control.name];
      if (message && 'touched' in control.dataset) showError(form, control, message);
      else if (!message) showError(form, control, null);
    }
  }
}

// What is hidden, itself or with a group around it, is not sent along.
function disableHidden(form) {
  for (const control of form.elements) {
    const hide = control.closest('[data-field][hidden]') !== null;
    if (hide && !control.disabled) {
      control.disabled = true;
      control.dataset.hiddenByRule = '';
    } else if (!hide && 'hiddenByRule' in control.dataset) {
      control.disabled = false;
      delete control.dataset.hiddenByRule;
    }
  }
}

function showError(form, control, message) {
  const note = form.querySelector(`[data-error-for="${CSS.escape(control.name)}"]`);
  if (!note) return;
  control.classList.toggle('is-invalid', message !== null);
  control.setAttribute('aria-invalid', String(message !== null));
  note.hidden = message === null;
  note.textContent = message ?? '';
}
