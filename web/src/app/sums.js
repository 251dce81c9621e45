// Live figures: [data-sum-of=PATTERN] adds fields up, [data-capital-of=NAME] writes an amount in
// capital numerals. For the eye only: the server computes again.
import { capitalAmount, formatDecimal, parseDecimal } from '../shared/decimal.js';
import { t } from '../shared/text.js';

const formOf = node => node.closest('form') ?? document.getElementById(node.getAttribute('form') ?? '');

function watch(node, update) {
  const form = formOf(node);
  if (!form) return;
  for (const name of [ 'input', 'change', 'banshi:change', 'reset' ]) {
    form.addEventListener(name, () => queueMicrotask(update));
  }
  update();
}

/** The pattern is a field path in which * stands for any row: budget[*].amount. */
export function mountSums(node) {
  const form = formOf(node);
  watch(node, () => {
    const pattern = new RegExp(`^${node.dataset.sumOf.split('*').map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('\\d+')}$`);
    let total = 0n;
    let wrong = false;
    for (const control of form.elements) {
      if (!control.name || !pattern.test(control.name) || control.value.trim() === '') continue;
      const value = parseDecimal(control.value);
      if (value === null) wrong = true;
      else total += value;
    }
    node.textContent = wrong ? '—' : formatDecimal(total, Number(node.dataset.decimals ?? 2));
    compare(node, form, wrong ? null : total);
  });
}

function compare(node, form, total) {
  const other = node.dataset.sumEquals && form.elements.namedItem(node.dataset.sumEquals);
  const note = node.dataset.sumEquals && form.querySelector(`[data-sum-note="${CSS.escape(node.dataset.sumEquals)}"]`);
  if (!other) return;
  const wanted = parseDecimal(other.value);
  const differs = total !== null && wanted !== null && wanted !== total;
  node.classList.toggle('sum-differs', differs);
  if (!note) return;
  note.hidden = !differs;
  if (differs) {
    const gap = wanted > total ? wanted - total : total - wanted;
    note.textContent = wanted > total
      ? t('合计比申请金额少 {gap} 元', { gap: formatDecimal(gap) })
      : t('合计比申请金额多 {gap} 元', { gap: formatDecimal(gap) });
  }
}

/** Writes the named field's amount in capitals, e.g. 人民币壹万元整. */
export function mountAmounts(node) {
  const form = formOf(node);
  watch(node, () => {
    const value = parseDecimal(form.elements.namedItem(node.dataset.capitalOf)?.value ?? '');
    const text = value === null ? '' : capitalAmount(value);
    node.textContent = text ? t('人民币{amount}', { amount: text }) : '';
  });
}
