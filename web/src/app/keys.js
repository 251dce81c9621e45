// [data-keys=inbox]: j / k or the arrows move, Enter opens, x ticks, / searches, ? explains and turns
// all of it off and on again (WCAG 2.2, 2.1.4: single letters can be turned off; the choice stays in
// this browser).
import { h } from '../shared/elements.js';
import { notice } from '../shared/dialog.js';
import { t } from '../shared/text.js';

const STORE = 'banshi.keys';

/** Listens while the table is on the page; rows are [data-key-row] with a link in them. */
export function mountKeys(table) {
  let current = null;
  const rows = () => [ ...table.querySelectorAll('[data-key-row]') ];

  function mark(row) {
    for (const other of table.querySelectorAll('[data-key-row].row-current')) other.classList.remove('row-current');
    current = row;
    row.classList.add('row-current');
  }

  function select(row) {
    if (!row) return;
    mark(row);
    row.querySelector('.row-title, a[href]')?.focus({ preventScroll: true });
    row.scrollIntoView({ block: 'nearest' });
  }

  function move(step) {
    const all = rows();
    const at = all.indexOf(current);
    select(all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)]);
  }

  // The arrows scroll the page unless one is in the list already.
  const within = (event, step) => {
    if (!current?.isConnected || !current.contains(event.target)) return false;
    move(step);
    return true;
  };

  const actions = {
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: event => within(event, 1),
    ArrowUp: event => within(event, -1),
    Enter: event => {
      if (!current?.isConnected || event.target.closest('a, button, summary, input')) return false;
      current.querySelector('.row-title, a[href]')?.click();
      return true;
    },
    x: () => current?.querySelector('input[type=checkbox]')?.click(),
    '/': () => document.querySelector('[data-search]')?.focus()
  };

  function onKey(event) {
    if (!table.isConnected) { document.removeEventListener('keydown', onKey); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest('input:not([type=checkbox]), select, textarea, [contenteditable=true], dialog')) {
      if (event.key === 'Escape') event.target.blur();
      return;
    }
    if (off()) return;
    const action = event.key === '?' ? help : actions[event.key];
    if (action && action(event) !== false) event.preventDefault();
  }

  table.addEventListener('focusin', event => {
    const row = event.target.closest('[data-key-row]');
    if (row && row !== current) mark(row);
  });
  document.addEventListener('keydown', onKey);
  for (const button of document.querySelectorAll('[data-keys-help]')) {
    button.hidden = false;
    button.addEventListener('click', help);
  }
}

function off() {
  try { return localStorage.getItem(STORE) === 'off'; } catch { return false; }
}

function turn(on) {
  try { if (on) localStorage.removeItem(STORE); else localStorage.setItem(STORE, 'off'); } catch { /* this page only */ }
}

function help() {
  const keys = [
    [ 'j', '↓', t('下一件') ], [ 'k', '↑', t('上一件') ], [ 'Enter', '', t('打开') ],
    [ 'x', '', t('勾选') ], [ '/', '', t('搜索') ], [ '?', '', t('帮助') ], [ 'Esc', '', t('离开输入框') ]
  ];
  const box = h('input', { type: 'checkbox', class: 'form-check-input', 'data-keys-switch': '' });
  box.checked = !off();
  box.addEventListener('change', () => turn(box.checked));
  notice(t('键盘快捷键'), h('div', {},
    h('label', { class: 'form-check' }, box, ' ', t('使用快捷键（用读屏软件或语音输入时可以关闭）')),
    h('dl', { class: 'key-list' },
      ...keys.flatMap(([ key, other, text ]) => [
        h('dt', {}, h('kbd', {}, key), ...(other ? [ ' ', h('kbd', {}, other) ] : [])), h('dd', {}, text)
      ]))));
}
