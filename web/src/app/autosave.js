// form[data-autosave=URL]: the draft goes to the server while one types; a copy stays in this
// browser only as long as the server does not have it, so nothing typed is ever lost.
import { h, debounce, icon } from '../shared/elements.js';
import { request } from '../shared/http.js';
import { locale, t } from '../shared/text.js';
import { applyEvaluation } from './evaluation.js';
import { setUnsaved } from './guard.js';
import { fillForm, formEntries } from './values.js';

const PREFIX = 'banshi.draft.';
const RETRY_MS = 15000;

/** Removes every copy kept in this browser; called when someone logs out. */
export function forgetCopies() {
  for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
}

/** Switches autosave on for the form; see web/README.md for attributes and the answer's shape. */
export function mountAutosave(form) {
  const key = form.dataset.draftKey && form.dataset.draftLocal !== 'off' ? PREFIX + form.dataset.draftKey : null;
  const status = form.querySelector('[data-save-state]') ?? document.querySelector(`[data-save-state="${form.id}"]`);
  let version = form.dataset.draftVersion ?? null;
  let saving = false;
  let again = false;
  let stopped = false;
  let retry = null;

  const save = debounce(send, Number(form.dataset.autosaveDelay ?? 1200));

  function show(state, text, ...actions) {
    form.dataset.saveStatus = state;
    if (!status) return;
    const icons = { saved: 'circle-check', dirty: 'pencil', saving: 'refresh', failed: 'cloud-off', conflict: 'alert-triangle' };
    status.className = `save-state save-${state}`;
    status.setAttribute('role', 'status');
    status.replaceChildren(icon(icons[state]), h('span', {}, text), ...actions);
  }

  function changed() {
    if (stopped) return;
    setUnsaved(form, true);
    keepCopy();
    show('dirty', t('未保存'));
    save();
  }

  async function send() {
    if (stopped) return;
    if (saving) { again = true; return; }
    saving = true;
    again = false;
    clearTimeout(retry);
    show('saving', t('正在保存…'));
    try {
      const { body } = await request(form.dataset.autosave, {
        method: 'POST',
        body: new URLSearchParams(formEntries(form)),
        headers: version === null ? {} : { 'If-Match': `"${version}"` }
      });
      if (body.version !== undefined) version = String(body.version);
      if (body.evaluation) applyEvaluation(form, body.evaluation);
      if (!again) {
        forgetCopy();
        setUnsaved(form, false);
        const at = new Date(body.saved_at ?? Date.now());
        show('saved', t('已保存 {time}', { time: at.toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit', hour12: false }) }));
      }
    } catch (error) {
      failed(error);
    } finally {
      saving = false;
      if (again && !stopped) save();
    }
  }

  function failed(error) {
    if (error.status === 409 || error.status === 412) {
      stopped = true;
      show('conflict', t('这份草稿已在别的窗口里改过，这里的改动没有保存。'),
        h('button', { type: 'button', class: 'btn btn-sm', onclick: reload }, t('载入最新的')));
    } else if (error.status === 0 || error.status >= 500 || error.status === 429) {
      show('failed', key
        ? t('未保存：{reason}已暂存在本机，恢复后自动再试。', { reason: error.message })
        : t('未保存：{reason}恢复后自动再试。', { reason: error.message }));
      retry = setTimeout(send, RETRY_MS);
    } else {
      show('failed', t('未保存：{reason}', { reason: error.message }),
        h('button', { type: 'button', class: 'btn btn-sm', onclick: send }, t('重试')));
    }
  }

  function reload() {
    forgetCopy();
    setUnsaved(form, false);
    location.reload();
  }

  function keepCopy() {
    if (!key) return;
    try {
      localStorage.setItem(key, JSON.stringify({ at: new Date().toISOString(), version, entries: formEntries(form) }));
    } catch {
      // Storage full or forbidden: the server's draft is then the only copy.
    }
  }

  function forgetCopy() {
    if (key) localStorage.removeItem(key);
  }

  function offerCopy() {
    if (!key) return;
    let copy = null;
    try { copy = JSON.parse(localStorage.getItem(key)); } catch { copy = null; }
    if (!copy) return;
    if (JSON.stringify(copy.entries) === JSON.stringify(formEntries(form))) { forgetCopy(); return; }
    const time = new Date(copy.at).toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'short' });
    const bar = h('div', { class: 'alert alert-warning restore', role: 'alert' }, icon('history'),
      h('div', {}, t('本机有一份 {time} 没来得及保存的内容。', { time })),
      h('div', { class: 'btn-list' },
        h('button', { type: 'button', class: 'btn btn-primary btn-sm', onclick: () => { bar.remove(); fillForm(form, copy.entries); changed(); } }, t('恢复')),
        h('button', { type: 'button', class: 'btn btn-sm', onclick: () => { bar.remove(); forgetCopy(); } }, t('不要了'))));
    form.prepend(bar);
  }

  form.addEventListener('input', changed);
  form.addEventListener('change', changed);
  form.addEventListener('banshi:change', changed);
  form.addEventListener('submit', () => { save.cancel(); stopped = true; setUnsaved(form, false); });
  form.addEventListener('htmx:afterRequest', event => {
    if (event.detail.elt !== form) return;
    stopped = false;
    if (event.detail.successful) forgetCopy(); else setUnsaved(form, true);
  });
  form.addEventListener('htmx:confirm', () => { save.cancel(); });
  window.addEventListener('online', () => { if (form.dataset.saveStatus === 'failed') send(); });
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'hidden') save.flush(); });

  offerCopy();
}
