// [data-dmn-modeler]: decision tables and requirement graphs, checked by the server.
import 'dmn-js/dist/assets/diagram-js.css';
import 'dmn-js/dist/assets/dmn-js-shared.css';
import 'dmn-js/dist/assets/dmn-js-drd.css';
import 'dmn-js/dist/assets/dmn-js-decision-table.css';
import 'dmn-js/dist/assets/dmn-js-decision-table-controls.css';
import 'dmn-js/dist/assets/dmn-js-literal-expression.css';
import 'dmn-js/dist/assets/dmn-js-boxed-expression.css';
import 'dmn-js/dist/assets/dmn-js-boxed-expression-controls.css';
import 'dmn-js/dist/assets/dmn-font/css/dmn.css';
import './dmn.css';

import { Editor, mountEditors } from '../shared/editor.js';
import { DecisionSurface, showDecision } from './surface.js';

mountEditors('[data-dmn-modeler]', async element => {
  if (element.dataset.readOnly !== undefined) {
    await showDecision(element);
    return;
  }
  const surface = new DecisionSurface(element.dataset.fileName);
  element.editor = new Editor(element, surface);
  await element.editor.start();
});
