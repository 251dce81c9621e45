// One read-only diagram: drawing, colouring, legend, words, and moving about in it.
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import { getBusinessObject, getDi, is } from 'bpmn-js/lib/util/ModelUtil';
import zeebeModdle from 'zeebe-bpmn-moddle/resources/zeebe.json';

import { h, icon } from '../shared/elements.js';
import { t } from '../shared/text.js';
import { chineseTranslate } from '../modeler/translate.js';
import { followTouch } from './touch.js';

const PAINT = {
  completed: { stroke: '#1a7f46', fill: '#e6f4ec' },
  active: { stroke: '#0b5cad', fill: '#d6e8fb' },
  incident: { stroke: '#c02626', fill: '#fdeaea' }
};
const PLAIN = '#6b7683';
const READABLE = 0.6;
const FOCUS_ZOOM = 0.75;

const stateNames = () => ({ completed: t('已完成'), active: t('正在进行'), incident: t('出错待处理'), todo: t('还没到') });

/** A diagram in the element; `show` draws, `paint` colours a case's state into it. */
export class DiagramView {
  constructor(element) {
    this.element = element;
    this.moved = false;
    this.canvasBox = h('div', { class: 'diagram-canvas' });
    this.legend = h('ul', { class: 'diagram-legend' });
    this.words = h('details', { class: 'diagram-words' });
    element.classList.add('diagram');
    element.replaceChildren(this.toolbar(), this.canvasBox, this.legend, this.words);
    this.viewer = new NavigatedViewer({
      container: this.canvasBox,
      additionalModules: [ chineseTranslate ],
      moddleExtensions: { zeebe: zeebeModdle },
      bpmnRenderer: { defaultStrokeColor: PLAIN, defaultLabelColor: '#1f2933', defaultFillColor: '#ffffff' }
    });
    // The wheel scrolls the page; with Ctrl it zooms the diagram.
    this.canvasBox.addEventListener('wheel', event => {
      if (!event.ctrlKey && !event.metaKey) event.stopPropagation();
      else this.moved = true;
    }, { capture: true });
    this.viewer.on('canvas.viewbox.changing', () => { this.moved ||= this.canvasBox.matches(':active'); });
  }

  toolbar() {
    const button = (name, label, onclick) => h('button', { type: 'button', class: 'btn btn-icon', title: label, 'aria-label': label, onclick }, icon(name));
    return h('div', { class: 'diagram-tools', role: 'group', 'aria-label': t('看图') },
      button('zoom-in', t('放大'), () => this.zoomBy(1.25)),
      button('zoom-out', t('缩小'), () => this.zoomBy(0.8)),
      button('maximize', t('看全图'), () => { this.moved = true; this.canvas.zoom('fit-viewport', 'auto'); }));
  }

  get canvas() {
    return this.viewer.get('canvas');
  }

  zoomBy(factor) {
    this.moved = true;
    this.canvas.zoom(Math.min(3, Math.max(0.15, this.canvas.zoom() * factor)));
  }

  async show(xml, state) {
    await this.viewer.importXML(xml);
    this.svg = this.canvasBox.querySelector('svg');
    this.svg.setAttribute('role', 'img');
    this.setHeight();
    followTouch(this.canvasBox, this.canvas, () => { this.moved = true; });
    this.paint(state);
    new ResizeObserver(() => {
      this.canvas.resized();
      if (!this.moved) this.fit();
    }).observe(this.canvasBox);
    this.fit();
  }

  // As high as the diagram needs at full width, within reason.
  setHeight() {
    const { inner } = this.canvas.viewbox();
    const width = this.canvasBox.clientWidth || 800;
    const scale = Math.min(1, width / (inner.width + 40));
    const wanted = (inner.height + 60) * (scale < READABLE ? FOCUS_ZOOM : scale);
    this.canvasBox.style.height = `${Math.round(Math.min(Math.max(wanted, 260), window.innerWidth < 768 ? 420 : 620))}px`;
    this.canvas.resized();
  }

  // The whole diagram if it can still be read, else the present step in the middle.
  fit() {
    if (!this.canvasBox.clientWidth) return;
    this.canvas.zoom('fit-viewport', 'auto');
    if (this.canvas.zoom() > 1.2) this.canvas.zoom(1.2, 'auto');
    if (this.canvas.zoom() >= READABLE) return;
    const focus = this.focusElement();
    if (!focus) return;
    this.canvas.zoom(FOCUS_ZOOM);
    const box = this.canvas.viewbox();
    const middle = focus.waypoints
      ? focus.waypoints[0]
      : { x: focus.x + focus.width / 2, y: focus.y + focus.height / 2 };
    const { inner } = box;
    this.canvas.viewbox({
      ...box,
      x: within(middle.x - box.width / 2, inner.x, inner.width, box.width),
      y: within(middle.y - box.height / 2, inner.y, inner.height, box.height)
    });
  }

  focusElement() {
    const registry = this.viewer.get('elementRegistry');
    const { incidents = [], active = [], completed = [] } = this.state ?? {};
    const id = [ ...incidents, ...active, ...completed.slice(-1) ].find(one => registry.get(one));
    return id ? registry.get(id) : registry.filter(one => is(one, 'bpmn:StartEvent'))[0];
  }

  /** Colours the state { active, completed, flows, incidents, labels } in; null leaves it plain. */
  paint(state) {
    this.state = state;
    const registry = this.viewer.get('elementRegistry');
    const overlays = this.viewer.get('overlays');
    overlays.clear();
    this.kinds = kindsOf(state, registry);
    registry.forEach(element => {
      const di = getDi(element);
      if (!di || is(element, 'bpmn:Participant') || is(element, 'bpmn:Lane') || element.labelTarget) return;
      const kind = this.kinds.get(element.id);
      const paint = PAINT[kind];
      di.set('color:border-color', paint?.stroke);
      di.set('color:background-color', element.waypoints ? undefined : paint?.fill);
      this.viewer.get('graphicsFactory').update(element.waypoints ? 'connection' : 'shape', element, registry.getGraphics(element));
      for (const name of Object.keys(PAINT)) {
        if (name === kind) this.canvas.addMarker(element.id, `is-${name}`);
        else this.canvas.removeMarker(element.id, `is-${name}`);
      }
      if (kind && !element.waypoints) this.badge(overlays, element, kind);
    });
    for (const [ id, text ] of Object.entries(state?.labels ?? {})) {
      const element = registry.get(id);
      if (!element || element.waypoints) continue;
      overlays.add(id, {
        position: { bottom: 0, left: element.width / 2 },
        scale: { min: 0.85, max: 1.1 },
        html: h('div', { class: `diagram-label label-${this.kinds.get(id) ?? 'todo'}` }, text)
      });
    }
    this.describe();
  }

  // A sign as well as a colour, for whoever can't tell the colours apart.
  badge(overlays, element, kind) {
    if (is(element, 'bpmn:Event') && kind === 'completed') return;
    const signs = { completed: 'check', active: 'player-play', incident: 'alert-triangle' };
    overlays.add(element.id, {
      position: { top: -11, right: 11 },
      scale: { min: 0.7, max: 1 },
      html: h('div', { class: `diagram-badge badge-${kind}`, title: stateNames()[kind] }, icon(signs[kind]))
    });
  }

  describe() {
    const registry = this.viewer.get('elementRegistry');
    const names = stateNames();
    const nodes = registry.filter(one => is(one, 'bpmn:FlowNode') && !one.labelTarget && getBusinessObject(one).name && !is(one, 'bpmn:Gateway'))
      .sort((a, b) => a.x - b.x || a.y - b.y);
    const at = kind => nodes.filter(node => this.kinds.get(node.id) === kind).map(node => getBusinessObject(node).name);
    const current = [ ...at('incident'), ...at('active') ];
    const title = getBusinessObject(this.canvas.getRootElement()).name ?? this.element.dataset.title ?? '';
    this.svg.setAttribute('aria-label', this.state
      ? t('流程图 {title}：已完成 {done} 步；正在进行：{current}', { title, done: at('completed').length, current: current.join('、') || t('无') })
      : t('流程图 {title}，共 {count} 步', { title, count: nodes.length }));

    const used = new Set(this.kinds.values());
    this.legend.hidden = !this.state;
    this.legend.replaceChildren(...[ 'completed', 'active', 'incident' ].filter(kind => kind !== 'incident' || used.has(kind))
      .map(kind => h('li', { class: `legend-${kind}` }, names[kind])), h('li', { class: 'legend-todo' }, names.todo));

    this.words.replaceChildren(h('summary', {}, t('用文字看流程')), h('ol', {}, ...nodes.map(node => {
      const kind = this.kinds.get(node.id) ?? 'todo';
      const label = this.state?.labels?.[node.id];
      return h('li', { class: `word-${kind}` }, h('span', {}, getBusinessObject(node).name), laneName(node),
        this.state ? h('span', { class: 'word-state' }, names[kind], label ? `（${label}）` : '') : null);
    })));
  }
}

// Where the view begins so that it shows no more of the empty margin than it must.
function within(start, from, length, view) {
  const spare = 20;
  if (view >= length + 2 * spare) return from - (view - length) / 2;
  return Math.min(Math.max(start, from - spare), from + length + spare - view);
}

function laneName(node) {
  const lane = (getBusinessObject(node).lanes ?? [])[0]?.name;
  return lane ? h('span', { class: 'word-lane' }, lane) : null;
}

// What each element is shown as; a collapsed subprocess shows what is going on inside it.
function kindsOf(state, registry) {
  const kinds = new Map();
  if (!state) return kinds;
  for (const id of [ ...state.flows ?? [], ...state.completed ?? [] ]) kinds.set(id, 'completed');
  for (const [ kind, ids ] of [ [ 'active', state.active ], [ 'incident', state.incidents ] ]) {
    for (const id of ids ?? []) {
      kinds.set(id, kind);
      let parent = registry.get(id) && getBusinessObject(registry.get(id)).$parent;
      for (; parent; parent = parent.$parent) {
        if (parent.$instanceOf?.('bpmn:SubProcess')) kinds.set(parent.id, kind);
      }
    }
  }
  return kinds;
}
