// The list of what the server found, errors first; a click goes to the place.
import { h, icon } from './elements.js';
import { t } from './text.js';

/** A list below an editor. */
export class ProblemList {
  constructor({ nameOf, select }) {
    this.nameOf = nameOf;
    this.select = select;
    this.errors = 0;
    this.warnings = 0;
    this.failed = false;
    this.list = h('ul', { class: 'problem-list' });
    this.node = h('section', { class: 'editor-problems', hidden: true, 'aria-label': t('检查结果') },
      h('div', { class: 'problem-head' }, h('strong', {}, t('检查结果')),
        h('button', { type: 'button', class: 'btn-close', 'aria-label': t('关闭'), onclick: () => this.toggle(false) })),
      this.list);
  }

  show(problems) {
    const order = { error: 0, warning: 1 };
    const sorted = [ ...problems ].sort((a, b) => (order[a.severity] ?? 2) - (order[b.severity] ?? 2));
    this.failed = false;
    this.errors = problems.filter(problem => problem.severity === 'error').length;
    this.warnings = problems.length - this.errors;
    this.list.replaceChildren(...(sorted.length ? sorted.map(problem => this.item(problem)) : [ h('li', { class: 'problem-none' }, icon('circle-check'), t('没有发现问题。')) ]));
  }

  item({ severity, element_id: id, message, rule }) {
    const name = id ? this.nameOf(id) : '';
    return h('li', {}, h('button', { type: 'button', class: `problem problem-${severity}`, 'data-element': id, title: rule, onclick: () => id && this.select(id) },
      icon(severity === 'error' ? 'circle-x' : 'alert-triangle'),
      h('span', { class: 'visually-hidden' }, severity === 'error' ? t('错误') : t('提醒')),
      name ? h('span', { class: 'problem-place' }, name) : null, h('span', { class: 'problem-text' }, message)));
  }

  /** The check itself did not come through. */
  fail(message) {
    this.failed = true;
    this.list.replaceChildren(h('li', { class: 'problem-none' }, icon('cloud-off'), message));
  }

  toggle(show = this.node.hidden) {
    this.node.hidden = !show;
  }
}
