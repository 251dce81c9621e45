// [data-keys=inbox]: j / k move, Enter opens, x ticks, / searches, ? explains.
import { h } from '../shared/elements.js';
import { notice } from '../shared/dialog.js';
import { t } from '../shared/text.js';

/** Listens while the table is on the page; rows are [data-key-row] with a link in them. */
export function mountKeys(table) {
  let current = null;
  const rows = () => [ ...table.querySelectorAll('[data-key-row]') ];

  function select(row) {
    if (!row) return;
    for (const other of table.querySelectorAll('[data-key-row].row-current')) other.classList.remove('row-current');
    current = row;
    row.classList.add('row-current');
    row.querySelector('a[href]')?.focus({ preventScroll: true });
    row.scrollIntoView({ block: 'nearest' });
  }

  function move(step) {
    const all = rows();
    const at = all.indexOf(current);
    select(all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)]);
  }

  const actions = {
    j: () => move(1),
    k: () => move(-1),
    Enter: event => {
      if (!current?.isConnected || event.target.closest('a, button, summary')) return false;
      current.querySelector('a[href]')?.click();
      return true;
    },
    x: () => current?.querySelector('input[type=checkbox]')?.click(),
    '/': () => document.querySelector('[data-search]')?.focus(),
    '?': help
  };

  function onKey(event) {
    if (!table.isConnected) { document.removeEventListener('keydown', onKey); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest('input:not([type=checkbox]), select, textarea, [contenteditable=true], dialog')) {
      if (event.key === 'Escape') event.target.blur();
      return;
    }
    const action = actions[event.key];
    if (action && action(event) !== false) event.preventDefault();
  }

  table.addEventListener('focusin', event => {
    const row = event.target.closest('[data-key-row]');
    if (row && row !== current) select(row);
  });
  document.addEventListener('keydown', onKey);
}

function help() {
  const keys = [ [ 'j', t('下一件') ], [ 'k', t('上一件') ], [ 'Enter', t('打开') ], [ 'x', t('勾选') ], [ '/', t('搜索') ], [ 'Esc', t('离开输入框') ] ];
  notice(t('键盘快捷键'), h('dl', { class: 'key-list' },
    ...keys.flatMap(([ key, text ]) => [ h('dt', {}, h('kbd', {}, key)), h('dd', {}, text) ])));
}
