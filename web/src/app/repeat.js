// [data-repeat=PATH]: rows added from a <template> and removed again, numbered without gaps.
import { h } from '../shared/elements.js';
import { t } from '../shared/text.js';

const NUMBERED = [ 'name', 'id', 'for', 'aria-describedby', 'aria-labelledby', 'aria-controls', 'list', 'data-field', 'data-repeat',
  'data-sum-of', 'data-capital-of', 'data-error-for', 'data-name' ];

const own = (repeat, selector) => [ ...repeat.querySelectorAll(selector) ].filter(node => node.parentElement.closest('[data-repeat]') === repeat);
const rowsOf = repeat => own(repeat, '[data-row]');

/** Switches the row buttons on. */
export function mountRepeat(repeat) {
  const status = h('div', { class: 'visually-hidden', role: 'status' });
  repeat.append(status);
  repeat.addEventListener('click', event => {
    const button = event.target.closest('[data-add-row], [data-remove-row]');
    if (!button || button.closest('[data-repeat]') !== repeat) return;
    event.preventDefault();
    if (button.matches('[data-add-row]')) {
      const row = addRow(repeat);
      if (!row) return;
      renumber(repeat);
      row.querySelector('input:not([type=hidden]), select, textarea')?.focus();
      status.textContent = t('已添加第 {n} 行', { n: rowsOf(repeat).length });
    } else {
      const row = button.closest('[data-row]');
      const rows = rowsOf(repeat);
      const at = rows.indexOf(row);
      if (rows.length <= Number(repeat.dataset.min ?? 0)) return;
      row.remove();
      renumber(repeat);
      const next = rowsOf(repeat)[Math.min(at, rows.length - 2)];
      (next?.querySelector('[data-remove-row]') ?? own(repeat, '[data-add-row]')[0])?.focus();
      status.textContent = t('已删除第 {n} 行', { n: at + 1 });
    }
    repeat.dispatchEvent(new CustomEvent('banshi:change', { bubbles: true }));
  });
  renumber(repeat);
}

/** Adds or removes rows at the end until there are `count`. */
export function setRowCount(repeat, count) {
  let rows = rowsOf(repeat);
  while (rows.length > count) rows.pop().remove();
  while (rowsOf(repeat).length < count && addRow(repeat)) { /* one more */ }
  renumber(repeat);
}

function addRow(repeat) {
  if (rowsOf(repeat).length >= Number(repeat.dataset.max ?? Infinity)) return null;
  const template = own(repeat, 'template')[0];
  const row = template?.content.firstElementChild?.cloneNode(true);
  if (!row) return null;
  row.dataset.row = '';
  own(repeat, '[data-rows]')[0].append(row);
  row.dispatchEvent(new CustomEvent('banshi:mount', { bubbles: true }));
  return row;
}

function renumber(repeat) {
  const rows = rowsOf(repeat);
  const path = repeat.dataset.repeat.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const dashed = repeat.dataset.repeat.replace(/[^A-Za-z0-9_]+/g, '-').replace(/-$/, '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const pattern = new RegExp(`((?:^|[^A-Za-z0-9_])(?:${path}|${dashed})(?:\\[|\\.|-))(?:\\d+|__index__)(?=$|[\\].-])`, 'g');
  rows.forEach((row, index) => {
    renumberIn(row, pattern, index);
    for (const label of row.querySelectorAll('[data-row-number]')) {
      if (label.closest('[data-row]') === row) label.textContent = String(index + 1);
    }
  });
  const few = rows.length <= Number(repeat.dataset.min ?? 0);
  const full = rows.length >= Number(repeat.dataset.max ?? Infinity);
  for (const button of own(repeat, '[data-remove-row]')) button.disabled = few;
  for (const button of own(repeat, '[data-add-row]')) button.disabled = full;
  for (const note of own(repeat, '[data-empty]')) note.hidden = rows.length > 0;
}

function renumberIn(root, pattern, index) {
  const nodes = root.nodeType === Node.ELEMENT_NODE ? [ root, ...root.querySelectorAll('*') ] : [ ...root.querySelectorAll('*') ];
  for (const node of nodes) {
    for (const name of NUMBERED) {
      const value = node.getAttribute(name);
      if (value) {
        const changed = value.replace(pattern, `$1${index}`);
        if (changed !== value) node.setAttribute(name, changed);
      }
    }
    if (node instanceof HTMLTemplateElement) renumberIn(node.content, pattern, index);
  }
}
