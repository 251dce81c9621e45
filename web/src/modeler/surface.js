// The diagram editor: bpmn-js with the Camunda 8 panel, our settings and our element templates.
import ElementTemplateChooserModule from '@bpmn-io/element-template-chooser';
import { CreateAppendAnythingModule, CreateAppendElementTemplatesModule } from 'bpmn-js-create-append-anything';
import { CloudElementTemplatesPropertiesProviderModule } from 'bpmn-js-element-templates';
import { BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, ZeebePropertiesProviderModule } from 'bpmn-js-properties-panel';
import TokenSimulationModule from 'bpmn-js-token-simulation';
import BpmnModeler from 'bpmn-js/lib/Modeler';
import { getBusinessObject } from 'bpmn-js/lib/util/ModelUtil';
import ZeebeBehaviorsModule from 'camunda-bpmn-js-behaviors/lib/camunda-cloud';
import zeebeModdle from 'zeebe-bpmn-moddle/resources/zeebe.json';

import { saveFile } from '../shared/editor.js';
import { h } from '../shared/elements.js';
import { t } from '../shared/text.js';
import emptyDiagram from './empty.bpmn';
import { problemOverlays } from './marks.js';
import { settingsModule } from './settings/provider.js';
import { elementTemplates } from './templates.js';
import { chineseTranslate } from './translate.js';

const NARROW = 900;
const PALETTE = 120;
const READABLE = 0.45;
const START_ZOOM = 0.65;

/** A surface (see shared/editor.js) for BPMN diagrams. */
export class DiagramSurface {
  constructor(choices, fileName) {
    this.extension = 'bpmn';
    this.fileName = fileName || 'diagram';
    this.canvasBox = h('div', { class: 'modeler-canvas' });
    this.panelBox = h('aside', { class: 'modeler-panel', 'aria-label': t('属性') });
    this.container = h('div', { class: 'editor-surface modeler-surface' }, this.canvasBox, this.panelBox);
    this.modeler = new BpmnModeler({
      container: this.canvasBox,
      propertiesPanel: { parent: this.panelBox, feelPopupContainer: this.container, layout: { open: true, groups: { general: { open: true } } } },
      additionalModules: [
        chineseTranslate,
        BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, ZeebePropertiesProviderModule,
        CloudElementTemplatesPropertiesProviderModule, ElementTemplateChooserModule,
        CreateAppendAnythingModule, CreateAppendElementTemplatesModule,
        ZeebeBehaviorsModule, TokenSimulationModule, settingsModule(choices)
      ],
      moddleExtensions: { zeebe: zeebeModdle },
      elementTemplates: elementTemplates(choices),
      bpmnRenderer: { defaultStrokeColor: '#2b3540', defaultLabelColor: '#1f2933' }
    });
    this.modeler.on('elementTemplates.errors', ({ errors }) => { throw errors[0]; });
    this.marks = problemOverlays(this.modeler);
    this.modeler.on('tokenSimulation.toggleMode', ({ active }) => {
      this.container.classList.toggle('is-simulating', active);
      this.container.closest('.workbench')?.querySelector('[data-tool=simulate]')?.setAttribute('aria-pressed', String(active));
    });
    if (window.innerWidth < NARROW) this.container.classList.add('panel-closed');
  }

  get tools() {
    const actions = name => () => this.modeler.get('editorActions').trigger(name);
    return [
      { icon: 'arrow-back-up', label: t('撤销（Ctrl+Z）'), id: 'undo', run: actions('undo') },
      { icon: 'arrow-forward-up', label: t('重做（Ctrl+Y）'), id: 'redo', run: actions('redo') },
      null,
      { icon: 'zoom-in', label: t('放大'), run: () => this.zoomBy(1.2) },
      { icon: 'zoom-out', label: t('缩小'), run: () => this.zoomBy(1 / 1.2) },
      { icon: 'maximize', label: t('看全图'), run: () => this.fit() },
      null,
      { icon: 'player-play', label: t('走一遍：看令牌怎样流转（不办真事）'), text: t('走一遍'), id: 'simulate', run: () => this.modeler.get('toggleMode').toggleMode() },
      { icon: 'photo', label: t('下载图片（SVG）'), id: 'svg', run: () => this.saveSvg() },
      { icon: 'settings', label: t('显示或收起属性栏'), id: 'panel', run: () => this.togglePanel() }
    ];
  }

  get canvas() {
    return this.modeler.get('canvas');
  }

  zoomBy(factor) {
    this.canvas.zoom(Math.min(4, Math.max(0.15, this.canvas.zoom() * factor)));
  }

  togglePanel() {
    this.container.classList.toggle('panel-closed');
    this.canvas.resized();
  }

  async load(text) {
    const { warnings } = await this.modeler.importXML(text ?? emptyDiagram.replaceAll('NAME', this.fileName.replace(/[^A-Za-z0-9_.-]/g, '-').replace(/^[^A-Za-z_]/, '_')));
    if (!this.canvas.getRootElement()) throw new Error(warnings[0]?.message ?? t('文件里没有流程图'));
    this.fit();
    if (this.canvas.zoom() < READABLE) this.showStart();
  }

  // A large diagram begins at its left edge, large enough to be read.
  showStart() {
    const { inner, outer } = this.canvas.viewbox();
    const width = outer.width / START_ZOOM;
    const height = outer.height / START_ZOOM;
    const left = (window.innerWidth < NARROW ? 64 : PALETTE) / START_ZOOM;
    this.canvas.viewbox({ x: inner.x - left, y: inner.y - Math.max(24, (height - inner.height) / 2), width, height });
  }

  // The whole diagram beside the palette, never larger than life.
  fit() {
    const { inner, outer } = this.canvas.viewbox();
    const left = window.innerWidth < NARROW ? 64 : PALETTE;
    const scale = Math.min(1, (outer.width - left - 24) / inner.width, (outer.height - 48) / inner.height);
    if (!(scale > 0) || !Number.isFinite(scale)) return;
    const width = outer.width / scale;
    const height = outer.height / scale;
    const spare = Math.max(0, width - (left + 24) / scale - inner.width) / 2;
    this.canvas.viewbox({ x: inner.x - left / scale - spare, y: inner.y - (height - inner.height) / 2, width, height });
  }

  // bpmn-js keeps what other tools wrote of a gateway's direction, however it is redrawn.
  async content() {
    for (const element of this.modeler.get('elementRegistry').getAll()) {
      const gateway = getBusinessObject(element);
      if (gateway?.$instanceOf?.('bpmn:Gateway')) gateway.set('gatewayDirection', undefined);
    }
    return (await this.modeler.saveXML({ format: true })).xml;
  }

  onChange(changed) {
    this.modeler.on('commandStack.changed', event => { if (event.trigger !== 'clear') changed(); });
    this.modeler.on('import.done', () => this.marks([]));
  }

  history() {
    const stack = this.modeler.get('commandStack');
    return { undo: stack.canUndo(), redo: stack.canRedo() };
  }

  showProblems(problems) {
    this.marks(problems);
  }

  nameOf(id) {
    const element = this.modeler.get('elementRegistry').get(id);
    return element ? getBusinessObject(element).name || id : id;
  }

  select(id) {
    const element = this.modeler.get('elementRegistry').get(id);
    if (!element) return;
    if (element.parent || element === this.canvas.getRootElement()) this.canvas.scrollToElement?.(element, 80);
    this.modeler.get('selection').select(element === this.canvas.getRootElement() ? null : element);
  }

  async saveSvg() {
    saveFile((await this.modeler.saveSVG()).svg, `${this.fileName}.svg`, 'image/svg+xml');
  }
}

