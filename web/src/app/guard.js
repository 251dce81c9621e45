// Warns before leaving a page with something typed and not saved.
import { t } from '../shared/text.js';

const unsaved = new Set();

/** Marks the form as having unsaved input, or as saved. */
export function setUnsaved(form, is) {
  if (is) unsaved.add(form);
  else unsaved.delete(form);
}

window.addEventListener('beforeunload', event => {
  for (const form of unsaved) if (!form.isConnected) unsaved.delete(form);
  if (unsaved.size === 0) return;
  event.preventDefault();
  event.returnValue = t('有内容还没有保存。');
});

/** form[data-guard]: unsaved from the first input until it is sent. */
export function mountGuard(form) {
  form.addEventListener('input', () => setUnsaved(form, true));
  form.addEventListener('submit', () => setUnsaved(form, false));
  form.addEventListener('htmx:afterRequest', event => setUnsaved(form, !event.detail.successful));
}
