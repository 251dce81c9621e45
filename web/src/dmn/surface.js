// The decision editor: dmn-js with tabs for its views.
import DmnModeler from 'dmn-js/lib/Modeler';
import DmnViewer from 'dmn-js/lib/NavigatedViewer';

import { h, icon } from '../shared/elements.js';
import { request } from '../shared/http.js';
import { t } from '../shared/text.js';
import emptyDecision from './empty.dmn';
import { chineseTranslate } from './translate.js';

const VIEWS = [ 'drd', 'decisionTable', 'literalExpression', 'boxedExpression' ];
const ICONS = { drd: 'sitemap', decisionTable: 'table', literalExpression: 'forms', boxedExpression: 'forms' };

const options = container => ({
  container,
  ...Object.fromEntries(VIEWS.map(view => [ view, { additionalModules: [ chineseTranslate ] } ]))
});

// Tabs for the requirement graph and each decision; kept in step with the editor.
function tabsFor(manager, bar) {
  manager.on('views.changed', ({ views, activeView }) => {
    bar.replaceChildren(...views.map(view => h('button', {
      type: 'button', role: 'tab', class: 'decision-tab', 'aria-selected': String(view === activeView),
      onclick: () => manager.open(view)
    }, icon(ICONS[view.type]), h('span', {}, view.type === 'drd' ? t('决策关系图') : view.element.name || view.element.id))));
    bar.hidden = views.length < 2;
  });
}

// A single decision is opened at once; several begin with the graph that shows how they hang together.
async function openFirst(manager) {
  const views = manager.getViews();
  const decisions = views.filter(view => view.type !== 'drd');
  if (decisions.length === 1) await manager.open(decisions[0]);
}

/** A surface (see shared/editor.js) for DMN decisions. */
export class DecisionSurface {
  constructor(fileName) {
    this.extension = 'dmn';
    this.fileName = fileName || 'decision';
    this.tabs = h('div', { class: 'decision-tabs', role: 'tablist', 'aria-label': t('决策') });
    this.view = h('div', { class: 'decision-view' });
    this.marks = h('style');
    this.container = h('div', { class: 'editor-surface decision-surface' }, this.tabs, this.view, this.marks);
    this.modeler = new DmnModeler(options(this.view));
    tabsFor(this.modeler, this.tabs);
  }

  get tools() {
    const step = name => () => this.modeler.getActiveViewer()?.get('commandStack')[name]();
    return [
      { icon: 'arrow-back-up', label: t('撤销（Ctrl+Z）'), id: 'undo', run: step('undo') },
      { icon: 'arrow-forward-up', label: t('重做（Ctrl+Y）'), id: 'redo', run: step('redo') },
      null
    ];
  }

  async load(text) {
    const id = this.fileName.replace(/[^A-Za-z0-9_.-]/g, '-').replace(/^[^A-Za-z_]/, '_');
    await this.modeler.importXML(text ?? emptyDecision.replaceAll('NAME', id));
    await openFirst(this.modeler);
  }

  async content() {
    return (await this.modeler.saveXML({ format: true })).xml;
  }

  onChange(changed) {
    const follow = viewer => viewer.on('commandStack.changed', event => { if (event.trigger !== 'clear') changed(); });
    for (const viewer of Object.values(this.modeler._viewers)) follow(viewer);
    this.modeler.on('viewer.created', ({ viewer }) => follow(viewer));
  }

  history() {
    const stack = this.modeler.getActiveViewer()?.get('commandStack');
    return { undo: Boolean(stack?.canUndo()), redo: Boolean(stack?.canRedo()) };
  }

  // Marked by a style sheet: the table is drawn anew at every change.
  showProblems(problems) {
    const rules = problems.filter(problem => problem.element_id).map(({ element_id: id, severity }) => {
      const name = CSS.escape(id);
      const colour = severity === 'error' ? '#c02626' : '#b06a00';
      return `.decision-view [data-row-id="${name}"], .decision-view [data-element-id="${name}"], .decision-view [data-col-id="${name}"] { box-shadow: inset 4px 0 0 ${colour}; }`;
    });
    this.marks.textContent = rules.join('\n');
  }

  nameOf(id) {
    const place = this.find(id);
    if (!place) return id;
    const { decision, rule } = place;
    const name = decision.name || decision.id;
    return rule < 0 ? name : t('{name} 第 {n} 条', { name, n: rule + 1 });
  }

  async select(id) {
    const place = this.find(id);
    if (!place) return;
    const view = this.modeler.getViews().find(one => one.element === place.decision);
    if (view && view !== this.modeler.getActiveView()) await this.modeler.open(view);
    const name = CSS.escape(id);
    const cell = this.view.querySelector(`[data-row-id="${name}"], [data-element-id="${name}"], [data-col-id="${name}"]`);
    cell?.scrollIntoView({ block: 'center', inline: 'nearest' });
    cell?.querySelector?.('[contenteditable]')?.focus();
  }

  // The decision an id belongs to, and the number of the rule (-1: not in a rule).
  find(id) {
    const decisions = (this.modeler.getDefinitions()?.get('drgElement') ?? []).filter(one => one.$type === 'dmn:Decision');
    for (const decision of decisions) {
      if (decision.id === id) return { decision, rule: -1 };
      const logic = decision.decisionLogic;
      if (!logic) continue;
      const rule = (logic.rule ?? []).findIndex(one => one.id === id
        || [ ...one.inputEntry ?? [], ...one.outputEntry ?? [] ].some(entry => entry.id === id));
      if (rule >= 0) return { decision, rule };
      if (logic.id === id || [ ...logic.input ?? [], ...logic.output ?? [] ].some(one => one.id === id || one.inputExpression?.id === id)) {
        return { decision, rule: -1 };
      }
    }
    return null;
  }
}

/** Shows a decision without editing, drawn from data-content-url or inline XML. */
export async function showDecision(element) {
  const inline = element.querySelector('script[type="application/xml"]');
  const xml = inline ? inline.textContent.trim() : (await request(element.dataset.contentUrl)).body;
  const tabs = h('div', { class: 'decision-tabs', role: 'tablist', 'aria-label': t('决策') });
  const view = h('div', { class: 'decision-view' });
  element.classList.add('decision-read-only');
  element.replaceChildren(tabs, view);
  const viewer = new DmnViewer(options(view));
  tabsFor(viewer, tabs);
  await viewer.importXML(xml);
  await openFirst(viewer);
}
