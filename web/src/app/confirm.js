// Questions before what can't be taken back: [data-confirm] on a submit button, form or link, and
// hx-confirm. Forms are sent once only, however often the button is pressed.
import { confirm } from '../shared/dialog.js';
import { t } from '../shared/text.js';

const asked = new WeakSet();

/** Listens on the document. */
export function watchConfirm() {
  document.addEventListener('click', async event => {
    const link = event.target.closest('a[data-confirm]');
    if (!link || event.defaultPrevented) return;
    event.preventDefault();
    if (await ask(link)) location.href = link.href;
  });

  document.addEventListener('submit', async event => {
    const form = event.target;
    if (form.method === 'dialog') return;
    const source = event.submitter?.dataset.confirm ? event.submitter : form.dataset.confirm ? form : null;
    if (source && !asked.has(form)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      const { submitter } = event;
      if (!await ask(source)) return;
      asked.add(form);
      form.requestSubmit(submitter);
      asked.delete(form);
      return;
    }
    if (form.dataset.sent !== undefined) { event.preventDefault(); event.stopImmediatePropagation(); return; }
    if (isHtmx(form)) return;
    form.dataset.sent = '';
    form.setAttribute('aria-busy', 'true');
    // After this turn, so that the pressed button's own value is still sent.
    setTimeout(() => { for (const button of buttons(form)) button.disabled = true; });
  }, true);

  // Back from the next page out of the browser's cache: the form can be sent again.
  window.addEventListener('pageshow', event => {
    if (!event.persisted) return;
    for (const form of document.querySelectorAll('form[data-sent]')) {
      delete form.dataset.sent;
      form.removeAttribute('aria-busy');
      for (const button of buttons(form)) button.disabled = false;
    }
  });

  document.addEventListener('htmx:confirm', async event => {
    if (!event.detail.question) return;
    event.preventDefault();
    if (await confirm(event.detail.question, { danger: 'danger' in event.detail.elt.dataset })) event.detail.issueRequest(true);
  });
}

const buttons = form => [ ...form.elements ].filter(control => control.type === 'submit');

const isHtmx = form => [ 'hx-post', 'hx-get', 'hx-put', 'hx-patch', 'hx-delete' ].some(name => form.hasAttribute(name))
  || Boolean(form.closest('[hx-boost=true]'));

function ask(source) {
  return confirm(source.dataset.confirm, {
    title: source.dataset.confirmTitle ?? t('请确认'),
    ok: source.dataset.confirmOk ?? t('确定'),
    danger: 'danger' in source.dataset
  });
}
