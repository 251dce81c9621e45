// [data-bpmn-viewer]: a diagram to look at, with the way a case took and the step it is at.
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import './viewer.css';

import { h } from '../shared/elements.js';
import { request } from '../shared/http.js';
import { t } from '../shared/text.js';
import { TokenPicker } from './pick.js';
import { DiagramView } from './view.js';

const views = new WeakMap();

// What bpmn-js says of a file with a process and no drawing of it.
const UNDRAWN = 'no diagram to display';

/** Draws into the element what its attributes name; see web/README.md. */
async function mount(element) {
  if (views.has(element)) return;
  views.set(element, null);
  try {
    const [ xml, state ] = await Promise.all([ loadXml(element), loadState(element) ]);
    const view = new DiagramView(element);
    await view.show(xml, state);
    views.set(element, view);
    const picker = element.closest('[data-token-picker]');
    if (picker) new TokenPicker(view, picker);
  } catch (error) {
    const reason = error.message === UNDRAWN ? t('文件里没有流程图') : error.message;
    element.replaceChildren(h('p', { class: 'diagram-error', role: 'alert' }, t('流程图没有显示出来：{reason}', { reason })));
  }
}

async function loadXml(element) {
  const inline = element.querySelector('script[type="application/xml"]');
  return inline ? inline.textContent.trim() : (await request(element.dataset.xmlUrl)).body;
}

async function loadState(element) {
  const inline = element.querySelector('script[type="application/json"]');
  if (inline) return JSON.parse(inline.textContent);
  return element.dataset.stateUrl ? (await request(element.dataset.stateUrl)).body : null;
}

function mountAll(root) {
  if (root.matches?.('[data-bpmn-viewer]')) mount(root);
  for (const element of root.querySelectorAll?.('[data-bpmn-viewer]') ?? []) mount(element);
}

document.addEventListener('htmx:load', event => mountAll(event.target));
// The case moved on: the same diagram, its state fetched again.
document.addEventListener('banshi:refresh', async event => {
  const view = views.get(event.target);
  if (view && event.target.dataset.stateUrl) view.paint((await request(event.target.dataset.stateUrl)).body);
});
mountAll(document);
