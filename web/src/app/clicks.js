// Small buttons by attribute: usual phrases, tick all, copy, print, show a password, log out.
import { toast } from '../shared/dialog.js';
import { t } from '../shared/text.js';
import { forgetCopies } from './autosave.js';

const handlers = [
  // Puts a usual phrase (常用语) where the caret is.
  [ '[data-insert-text]', button => {
    const field = document.querySelector(button.dataset.into);
    if (!field) return;
    field.setRangeText(button.dataset.insertText, field.selectionStart, field.selectionEnd, 'end');
    field.focus();
    field.dispatchEvent(new Event('input', { bubbles: true }));
  } ],
  [ '[data-copy]', async button => {
    await navigator.clipboard.writeText(button.dataset.copy);
    toast(t('已复制'), { kind: 'success' });
  } ],
  [ '[data-print]', () => window.print() ],
  [ '[data-reveal]', button => {
    const field = document.querySelector(button.dataset.reveal);
    const show = field.type === 'password';
    field.type = show ? 'text' : 'password';
    button.setAttribute('aria-pressed', String(show));
  } ]
];

/** Listens on the document. */
export function watchClicks() {
  document.addEventListener('click', event => {
    for (const [ selector, run ] of handlers) {
      const button = event.target.closest(selector);
      if (button) { event.preventDefault(); run(button); return; }
    }
  });

  // [data-check-all=SELECTOR] ticks all; [data-checked-count] tells how many are ticked.
  document.addEventListener('change', event => {
    const all = event.target.closest('[data-check-all]');
    if (all) {
      for (const box of document.querySelectorAll(all.dataset.checkAll)) if (!box.disabled) box.checked = all.checked;
    }
    for (const master of document.querySelectorAll('[data-check-all]')) countTicks(master);
  });

  document.addEventListener('submit', event => {
    if (event.target.matches('form[data-logout]')) forgetCopies();
  });
}

/** What is ticked when the page opens (a browser that goes back keeps it) is counted at once. */
export function mountTicks(master) {
  countTicks(master);
  window.addEventListener('pageshow', () => { if (master.isConnected) countTicks(master); });
}

function countTicks(master) {
  const boxes = [ ...document.querySelectorAll(master.dataset.checkAll) ];
  const ticked = boxes.filter(box => box.checked).length;
  master.disabled = boxes.length === 0;
  master.checked = ticked > 0 && ticked === boxes.length;
  master.indeterminate = ticked > 0 && ticked < boxes.length;
  for (const node of document.querySelectorAll('[data-checked-count]')) node.textContent = String(ticked);
  for (const node of document.querySelectorAll('[data-when-checked]')) node.hidden = ticked === 0;
}
