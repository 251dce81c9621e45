// [data-token-picker]: what its form's lists offer can also be picked in the diagram: first the
// step that a case stands at, then the one that it is to go to. The lists stay the truth.
import { getBusinessObject } from 'bpmn-js/lib/util/ModelUtil';

import { h } from '../shared/elements.js';
import { t } from '../shared/text.js';

/** Buttons over the steps of a drawn diagram, and what is picked in words. */
export class TokenPicker {
  constructor(view, root) {
    this.view = view;
    this.form = document.getElementById(root.dataset.tokenPicker);
    this.tokens = new Map();
    for (const { dataset } of root.querySelectorAll('[data-token]')) {
      this.tokens.set(dataset.element, [ ...this.tokens.get(dataset.element) ?? [], dataset.token ]);
    }
    this.buttons = new Map();
    this.says = h('p', { class: 'diagram-says', role: 'status' });
    view.element.before(this.says);
    this.form.addEventListener('change', () => this.show());
    this.draw();
    this.show();
  }

  field(name) {
    return this.form.elements.namedItem(name);
  }

  get way() { return this.field('way').value; }
  get targets() { return new Set([ ...this.field('target').options ].map(option => option.value).filter(Boolean)); }

  // The element that a token chosen in the list stands at.
  get from() {
    return [ ...this.tokens ].find(([ , keys ]) => keys.includes(this.field('source').value))?.[0] ?? '';
  }

  get to() { return this.field('target').value; }

  // What a click on a step means now: it is left, gone to, or nothing.
  meaning(id) {
    const leaves = this.way !== 'add' && this.tokens.has(id);
    const goes = this.way !== 'cancel' && this.targets.has(id);
    if (leaves && (id === this.from || !this.from || !goes)) return 'source';
    return goes && (this.way === 'add' || this.from) ? 'target' : '';
  }

  draw() {
    const registry = this.view.viewer.get('elementRegistry');
    const overlays = this.view.viewer.get('overlays');
    const shown = registry.filter(one => !one.waypoints && !one.labelTarget && (this.tokens.has(one.id) || this.targets.has(one.id)));
    for (const element of shown.sort((a, b) => a.x - b.x || a.y - b.y)) {
      const button = h('button', { type: 'button', class: 'diagram-pick', dataset: { pick: element.id }, onclick: () => this.pick(element.id) });
      button.style.width = `${element.width}px`;
      // What a subprocess holds is picked by itself: of the subprocess only the upper edge.
      button.style.height = `${element.children?.length ? 26 : element.height}px`;
      button.addEventListener('focus', () => { if (button.matches(':focus-visible')) this.view.canvas.scrollToElement(element.id, 60); });
      overlays.add(element.id, 'pick', { position: { top: 0, left: 0 }, html: button });
      this.buttons.set(element.id, button);
    }
  }

  pick(id) {
    const meaning = this.meaning(id);
    if (!meaning) return;
    const field = this.field(meaning);
    const value = meaning === 'source' ? this.tokens.get(id)[0] : id;
    const again = meaning === 'source' ? id === this.from : id === this.to;
    field.value = again ? '' : value;
    field.dispatchEvent(new Event('change', { bubbles: true }));
  }

  show() {
    for (const [ id, button ] of this.buttons) {
      const meaning = this.meaning(id);
      const source = id === this.from && this.way !== 'add';
      const target = id === this.to && this.way !== 'cancel';
      const name = this.name(id);
      button.disabled = !meaning;
      button.setAttribute('aria-pressed', String(source || target));
      button.setAttribute('aria-label', meaning === 'target' ? t('到“{name}”', { name }) : t('从“{name}”', { name }));
      button.classList.toggle('pick-source', source);
      button.classList.toggle('pick-target', target);
    }
    this.says.textContent = this.sentence();
  }

  sentence() {
    const from = this.from && this.way !== 'add' ? this.name(this.from) : '';
    const to = this.to && this.way !== 'cancel' ? this.name(this.to) : '';
    if (this.way === 'add') return to ? t('新增“{to}”，请预览。', { to }) : t('也可以在图上点要新增的环节。');
    const many = this.from ? this.tokens.get(this.from).length : 0;
    const which = many > 1 ? t('（那里有 {many} 处，在列表中选是哪一处）', { many }) : '';
    if (this.way === 'cancel') return from ? t('取消“{from}”{which}，请预览。', { from, which }) : t('也可以在图上点要取消的环节。');
    if (!from) return t('也可以在图上选：先点现在停在的环节，再点要移到的环节。');
    return to ? t('从“{from}”{which}移到“{to}”，请预览。', { from, which, to }) : t('从“{from}”{which}移走：请点要移到的环节。', { from, which });
  }

  name(id) {
    const element = this.view.viewer.get('elementRegistry').get(id);
    return (element && getBusinessObject(element).name) || id;
  }
}
