// [data-bpmn-modeler]: drawing processes, checked by the server while one draws.
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import 'bpmn-js/dist/assets/bpmn-font/css/bpmn.css';
import '@bpmn-io/properties-panel/dist/assets/properties-panel.css';
import 'bpmn-js-element-templates/dist/assets/element-templates.css';
import '@bpmn-io/element-template-chooser/dist/element-template-chooser.css';
import 'bpmn-js-token-simulation/assets/css/bpmn-js-token-simulation.css';
import './modeler.css';

import { Editor, mountEditors, readChoices } from '../shared/editor.js';
import { DiagramSurface } from './surface.js';

mountEditors('[data-bpmn-modeler]', async element => {
  const choices = readChoices(element);
  const surface = new DiagramSurface(choices, element.dataset.fileName);
  element.editor = new Editor(element, surface);
  await element.editor.start();
});
