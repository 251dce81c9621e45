// What the diagram, decision and form editors have in common: toolbar, draft, check by the server,
// publishing, files, and never losing a change. The editor itself comes in as a surface.
import './editor.css';

import { notice, open, toast } from './dialog.js';
import { debounce, h, icon } from './elements.js';
import { HttpError, request } from './http.js';
import { ProblemList } from './problems.js';
import { locale, t } from './text.js';

const LINT_AFTER_MS = 800;
const COPY_PREFIX = 'banshi.editor.';

/**
 * @typedef {object} Surface what an editor offers
 * @property {HTMLElement} container
 * @property {string} extension of its files, e.g. "bpmn"
 * @property {(text: string | null) => Promise<void>} load null: an empty document; throws when unreadable
 * @property {() => Promise<string>} content
 * @property {(changed: () => void) => void} onChange
 * @property {(problems: object[]) => void} showProblems
 * @property {(id: string) => void} select
 * @property {(id: string) => string} nameOf
 * @property {object[]} tools further buttons: { icon, label, run, id? }, null separates
 * @property {() => { undo: boolean, redo: boolean }} [history]
 */

/** An editor on a page; see web/README.md for the attributes and calls. */
export class Editor {
  constructor(element, surface) {
    this.element = element;
    this.surface = surface;
    this.urls = element.dataset;
    this.version = element.dataset.version ?? null;
    this.dirty = false;
    this.generation = 0;
    this.copyKey = COPY_PREFIX + (this.urls.draftUrl ?? this.urls.contentUrl ?? location.pathname);
    this.lintLater = debounce(() => this.lint(), LINT_AFTER_MS);
    this.copyLater = debounce(() => this.keepCopy(), LINT_AFTER_MS);
    this.problems = new ProblemList({ nameOf: id => surface.nameOf(id), select: id => surface.select(id) });
    this.build();
  }

  build() {
    this.status = h('span', { class: 'editor-status', role: 'status' });
    this.bar = h('div', { class: 'editor-bar', hidden: true });
    this.file = h('input', { type: 'file', hidden: true, accept: `.${this.surface.extension},.xml,.json` });
    this.file.addEventListener('change', () => this.upload(this.file.files[0]));
    this.element.classList.add('workbench');
    this.element.replaceChildren(this.toolbar(), this.bar, this.surface.container, this.problems.node, this.file);
    this.fill();
    window.addEventListener('resize', () => this.fill());
    document.addEventListener('keydown', event => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 's') {
        event.preventDefault();
        if (this.urls.draftUrl) this.save();
      }
    });
    window.addEventListener('beforeunload', event => {
      if (this.dirty) { event.preventDefault(); event.returnValue = t('有改动还没有保存。'); }
    });
  }

  // The editor takes the rest of the window.
  fill() {
    const top = this.element.getBoundingClientRect().top + window.scrollY;
    this.element.style.height = `${Math.max(480, window.innerHeight - top - 8)}px`;
  }

  toolbar() {
    const button = ({ icon: name, label, run, id, text, kind }) => h('button', {
      type: 'button', class: `btn ${text ? '' : 'btn-icon'} ${kind ?? ''}`, title: label, 'aria-label': text ? null : label,
      'data-tool': id, onclick: run
    }, icon(name), text ? h('span', {}, text) : null);
    const groups = [ [] ];
    for (const tool of this.surface.tools) {
      if (tool === null) groups.push([]);
      else groups.at(-1).push(button(tool));
    }
    const own = [
      this.urls.draftUrl && button({ icon: 'cloud-upload', label: t('保存草稿（Ctrl+S）'), text: t('保存草稿'), id: 'save', run: () => this.save() }),
      this.urls.publishUrl && button({ icon: 'send', label: t('发布为新版本'), text: t('发布…'), id: 'publish', kind: 'btn-primary', run: () => this.publish() })
    ].filter(Boolean);
    this.lintButton = button({ icon: 'list-check', label: t('检查结果'), text: t('检查'), id: 'problems', run: () => this.problems.toggle() });
    return h('div', { class: 'editor-tools', role: 'toolbar', 'aria-label': t('编辑工具') },
      h('div', { class: 'editor-group' }, ...own),
      ...groups.filter(group => group.length).map(group => h('div', { class: 'editor-group' }, ...group)),
      h('div', { class: 'editor-group' },
        button({ icon: 'download', label: t('下载 .{ext} 文件', { ext: this.surface.extension }), id: 'download', run: () => this.download() }),
        button({ icon: 'upload', label: t('从文件载入'), id: 'upload', run: () => this.file.click() })),
      this.urls.lintUrl ? h('div', { class: 'editor-group' }, this.lintButton) : null,
      this.status);
  }

  /** Loads the content and begins to follow changes. */
  async start() {
    let text = null;
    if (this.urls.contentUrl) {
      const answer = await request(this.urls.contentUrl);
      text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body, null, 2);
      this.version = answer.etag?.replace(/^W\/|"/g, '') ?? this.version;
    }
    await this.surface.load(text);
    this.saved = await this.surface.content();
    this.surface.onChange(() => this.changed());
    this.setStatus('saved', this.version ? t('第 {n} 稿', { n: this.version }) : t('新建'));
    this.updateHistory();
    this.offerCopy();
    await this.lint();
  }

  changed() {
    this.dirty = true;
    this.generation += 1;
    this.setStatus('dirty', t('有未保存的改动'));
    this.updateHistory();
    this.lintLater();
    this.copyLater();
  }

  updateHistory() {
    const state = this.surface.history?.();
    if (!state) return;
    for (const [ id, can ] of Object.entries(state)) {
      const button = this.element.querySelector(`[data-tool=${id}]`);
      if (button) button.disabled = !can;
    }
  }

  setStatus(state, text) {
    const icons = { saved: 'circle-check', dirty: 'pencil', saving: 'refresh', failed: 'alert-circle' };
    this.element.dataset.saveStatus = state;
    this.status.className = `editor-status save-state save-${state}`;
    this.status.replaceChildren(icon(icons[state]), h('span', {}, text));
  }

  // --- Draft -----------------------------------------------------------------------------------

  /** Saves the draft; resolves to whether it is saved. `force` overwrites what others saved. */
  async save({ force = false } = {}) {
    const content = await this.surface.content();
    const { generation } = this;
    this.setStatus('saving', t('正在保存…'));
    try {
      const { body, etag } = await request(this.urls.draftUrl, {
        method: 'PUT', json: { content },
        headers: force || this.version === null ? {} : { 'If-Match': `"${this.version}"` }
      });
      this.version = String(body?.version ?? etag?.replace(/^W\/|"/g, '') ?? this.version);
      this.hideBar();
      if (generation === this.generation) {
        this.dirty = false;
        this.saved = content;
        localStorage.removeItem(this.copyKey);
        const at = new Date(body?.saved_at ?? Date.now()).toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit', hour12: false });
        this.setStatus('saved', t('已保存 {time}（第 {n} 稿）', { time: at, n: this.version }));
      } else {
        this.setStatus('dirty', t('有未保存的改动'));
      }
      return true;
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      this.setStatus('failed', t('没有保存'));
      if (error.status === 409 || error.status === 412) this.showConflict(error.message);
      else this.fail(error);
      return false;
    }
  }

  showConflict(message) {
    this.showBar('warning', message, t('您的改动还在这里，没有丢。'), [
      [ t('下载我的这一份'), () => this.download() ],
      [ t('载入最新的（放弃我的）'), () => { this.dirty = false; localStorage.removeItem(this.copyKey); location.reload(); } ],
      [ t('用我的覆盖'), () => this.save({ force: true }), 'btn-danger' ]
    ]);
  }

  fail(error) {
    const problems = error.body?.problems;
    if (Array.isArray(problems)) this.showProblems(problems, { openList: true });
    toast(error.message, { kind: 'error' });
  }

  // A copy in this browser until the server has it; diagrams hold no personal data.
  async keepCopy() {
    if (!this.dirty) return;
    try {
      localStorage.setItem(this.copyKey, JSON.stringify({ at: new Date().toISOString(), content: await this.surface.content() }));
    } catch {
      // Storage full or forbidden.
    }
  }

  offerCopy() {
    let copy = null;
    try { copy = JSON.parse(localStorage.getItem(this.copyKey)); } catch { copy = null; }
    if (!copy || copy.content === this.saved) return;
    const time = new Date(copy.at).toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'short' });
    this.showBar('warning', t('本机有一份 {time} 没来得及保存的改动。', { time }), '', [
      [ t('恢复'), async () => { this.hideBar(); await this.replace(copy.content); } ],
      [ t('不要了'), () => { this.hideBar(); localStorage.removeItem(this.copyKey); } ]
    ]);
  }

  showBar(kind, text, more, buttons) {
    this.bar.hidden = false;
    this.bar.className = `editor-bar bar-${kind}`;
    this.bar.setAttribute('role', 'alert');
    this.bar.replaceChildren(icon('alert-triangle'), h('span', {}, text, more ? ` ${more}` : ''),
      ...buttons.map(([ label, run, css ]) => h('button', { type: 'button', class: `btn btn-sm ${css ?? ''}`, onclick: run }, label)));
  }

  hideBar() {
    this.bar.hidden = true;
  }

  // --- Check -----------------------------------------------------------------------------------

  /** Has the server check the content; the findings are shown in place and in the list. */
  async lint() {
    if (!this.urls.lintUrl) return;
    this.checking?.abort();
    this.checking = new AbortController();
    const { signal } = this.checking;
    try {
      const content = await this.surface.content();
      const { body } = await request(this.urls.lintUrl, { method: 'POST', json: { content }, signal });
      if (!signal.aborted) this.showProblems(body.problems ?? []);
    } catch (error) {
      if (error.name === 'AbortError') return;
      this.problems.fail(error.message);
      this.showCounts();
    }
  }

  showProblems(problems, { openList = false } = {}) {
    this.problems.show(problems);
    this.surface.showProblems(problems);
    this.showCounts();
    if (openList) this.problems.toggle(true);
  }

  showCounts() {
    const { errors, warnings, failed } = this.problems;
    const text = failed ? t('检查失败') : errors ? t('{n} 处错误', { n: errors }) : warnings ? t('{n} 处提醒', { n: warnings }) : t('检查通过');
    this.lintButton.querySelector('span').textContent = text;
    this.lintButton.dataset.result = failed || errors ? 'error' : warnings ? 'warning' : 'ok';
  }

  // --- Publishing ------------------------------------------------------------------------------

  /** Checks, asks for a note, publishes; the server's refusal is shown where it belongs. */
  async publish() {
    await this.lint();
    if (this.problems.errors) {
      this.problems.toggle(true);
      toast(t('还有 {n} 处错误，改好后才能发布。', { n: this.problems.errors }), { kind: 'error' });
      return;
    }
    const note = await this.askNote();
    if (note === null) return;
    this.setStatus('saving', t('正在发布…'));
    try {
      const content = await this.surface.content();
      const { body } = await request(this.urls.publishUrl, { method: 'POST', json: { content, note, version: this.version } });
      this.dirty = false;
      localStorage.removeItem(this.copyKey);
      this.setStatus('saved', t('已提交发布'));
      await notice(t('发布'), h('p', {}, body?.message ?? t('新版本已发布。正在办理的事项继续按原来的版本走。')));
      if (body?.url) location.href = body.url;
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      this.setStatus(this.dirty ? 'dirty' : 'saved', t('没有发布'));
      if (error.status === 409 || error.status === 412) this.showConflict(error.message);
      else this.fail(error);
    }
  }

  async askNote() {
    const area = h('textarea', { class: 'form-control', name: 'note', rows: 3, maxlength: 500, required: true, id: 'publish-note' });
    const answer = await open({
      title: t('发布为新版本'), ok: t('发布'), cancel: t('取消'), focus: area,
      body: [
        h('p', {}, t('发布后，新的申请按这个版本办理；正在办理的事项继续按原来的版本走。')),
        this.problems.warnings ? h('p', { class: 'text-secondary' }, t('检查有 {n} 处提醒，不影响发布。', { n: this.problems.warnings })) : null,
        h('label', { class: 'form-label required', for: 'publish-note' }, t('修改说明')), area,
        h('div', { class: 'form-hint' }, t('写清改了什么、依据什么，会记入版本记录，另一位管理员确认时能看到。'))
      ]
    });
    return answer === null ? null : answer.get('note').trim();
  }

  // --- Files -----------------------------------------------------------------------------------

  async download() {
    saveFile(await this.surface.content(), `${this.fileName()}.${this.surface.extension}`,
      this.surface.extension === 'form' ? 'application/json' : 'application/xml');
  }

  fileName() {
    return this.urls.fileName || this.surface.extension;
  }

  async upload(file) {
    this.file.value = '';
    if (!file) return;
    if (file.size > 5 * 1024 * 1024) {
      toast(t('文件超过 5 MB，不能载入。'), { kind: 'error' });
      return;
    }
    await this.replace(await file.text());
  }

  // As one more change of the present draft, which the server still checks.
  async replace(text) {
    const before = await this.surface.content();
    try {
      await this.surface.load(text);
    } catch (error) {
      await this.surface.load(before);
      await notice(t('没有载入'), h('p', {}, t('这个文件读不出来：{reason}', { reason: error.message })));
      return;
    }
    this.changed();
  }
}

/** Offers a text to be saved as a file. */
export function saveFile(text, name, type) {
  const url = URL.createObjectURL(new Blob([ text ], { type: `${type};charset=utf-8` }));
  h('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

/** The choices the page gives along ({ roles, forms, decisions, processes }), each [{ value, label }]. */
export function readChoices(element) {
  const script = element.querySelector('script[data-choices]');
  const given = script ? JSON.parse(script.textContent) : {};
  return { roles: [], forms: [], decisions: [], processes: [], ...given };
}

/** Mounts `make` on every element of the selector, now and in what htmx swaps in. */
export function mountEditors(selector, make) {
  const seen = new WeakSet();
  const mountAll = root => {
    const found = [ ...root.querySelectorAll?.(selector) ?? [], ...(root.matches?.(selector) ? [ root ] : []) ];
    for (const element of found) {
      if (seen.has(element)) continue;
      seen.add(element);
      make(element).catch(error => {
        element.append(h('p', { class: 'editor-broken', role: 'alert' }, t('没有打开：{reason}', { reason: error.message })));
      });
    }
  };
  document.addEventListener('htmx:load', event => mountAll(event.target));
  mountAll(document);
}
