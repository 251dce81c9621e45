// Questions and notices on native <dialog>: keyboard, focus trap and Esc come with the browser.
import { h, icon } from './elements.js';
import { t } from './text.js';

/**
 * Asks and resolves to true or false.
 * `danger` paints the button red; `detail` is a node or text below the question.
 */
export async function confirm(question, { title = t('请确认'), ok = t('确定'), cancel = t('取消'), danger = false, detail } = {}) {
  return (await open({ title, ok, cancel, danger, body: [ h('p', {}, question), detail ] })) !== null;
}

/** Asks for a text; resolves to it, or to null when called off. */
export async function prompt(question, { title = t('请填写'), ok = t('确定'), value = '', required = true, maxlength = 500, detail } = {}) {
  const area = h('textarea', { class: 'form-control', rows: 3, maxlength, required, name: 'text', 'aria-label': question });
  area.value = value;
  const answer = await open({ title, ok, cancel: t('取消'), body: [ h('p', {}, question), area, detail ], focus: area });
  return answer === null ? null : area.value.trim();
}

/** Shows something with a single button. */
export async function notice(title, body) {
  await open({ title, ok: t('知道了'), body: [ body ] });
}

/** A dialog of one's own: resolves to the form's data, or null when called off. */
export function open({ title, ok, cancel, danger, body, focus, wide }) {
  return new Promise(resolve => {
    const titleId = `dialog-${Math.random().toString(36).slice(2)}`;
    const form = h('form', { method: 'dialog', class: 'modal-content' },
      h('div', { class: 'modal-header' },
        h('h2', { class: 'modal-title', id: titleId }, title),
        h('button', { type: 'button', class: 'btn-close', 'aria-label': t('关闭'), onclick: () => dialog.close('') })),
      h('div', { class: 'modal-body' }, ...body.filter(Boolean)),
      h('div', { class: 'modal-footer' },
        cancel ? h('button', { type: 'button', class: 'btn', onclick: () => dialog.close('') }, cancel) : null,
        h('button', { type: 'submit', value: 'ok', class: danger ? 'btn btn-danger' : 'btn btn-primary' }, ok)));
    const dialog = h('dialog', { class: `ask${wide ? ' ask-wide' : ''}`, 'aria-labelledby': titleId }, form);
    dialog.addEventListener('close', () => {
      const answer = dialog.returnValue === 'ok' ? new FormData(form) : null;
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
    (focus ?? form.querySelector('button[type=submit]')).focus();
  });
}

/** A short message at the edge of the page; errors stay until closed. */
export function toast(message, { kind = 'info', action } = {}) {
  let stack = document.querySelector('.toasts');
  if (!stack) {
    stack = h('div', { class: 'toasts', role: 'status', 'aria-live': 'polite' });
    document.body.append(stack);
  }
  const icons = { info: 'info-circle', success: 'circle-check', error: 'alert-circle', warning: 'alert-triangle' };
  const node = h('div', { class: `toast-note toast-${kind}`, role: kind === 'error' ? 'alert' : null },
    icon(icons[kind]), h('div', { class: 'toast-text' }, message),
    action ? h('a', { class: 'btn btn-sm', href: action.href }, action.label) : null,
    h('button', { type: 'button', class: 'btn-close', 'aria-label': t('关闭'), onclick: () => node.remove() }));
  stack.append(node);
  if (kind !== 'error') setTimeout(() => node.remove(), 6000);
  return node;
}
