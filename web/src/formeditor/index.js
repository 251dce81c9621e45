// [data-form-editor]: forms in the form-js format, with the bureau's own rules for fields.
import '@bpmn-io/form-js-viewer/dist/assets/form-js-base.css';
import '@bpmn-io/form-js-viewer/dist/assets/flatpickr/light.css';
import '@bpmn-io/form-js-editor/dist/assets/form-js-editor-base.css';
import '@bpmn-io/form-js-editor/dist/assets/properties-panel.css';
import '@bpmn-io/form-js-editor/dist/assets/dragula.css';
import './formeditor.css';

import { Editor, mountEditors } from '../shared/editor.js';
import { FormSurface } from './surface.js';

mountEditors('[data-form-editor]', async element => {
  element.editor = new Editor(element, new FormSurface(element.dataset.fileName));
  await element.editor.start();
});
