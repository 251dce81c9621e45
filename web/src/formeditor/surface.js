// The form editor: form-js with a palette of what the server accepts.
import { FormEditor } from '@bpmn-io/form-js-editor';

import { h } from '../shared/elements.js';
import { t } from '../shared/text.js';
import { rulesModule } from './rules.js';

// Refused by the server: they fetch from elsewhere, run markup, or are the page's own business.
const REFUSED = [ 'html', 'iframe', 'image', 'button' ];

class AllowedFields {
  constructor(formFields) {
    for (const type of REFUSED) delete formFields._formFields[type];
  }
}
AllowedFields.$inject = [ 'formFields' ];
const allowedFieldsModule = { __init__: [ 'allowedFields' ], allowedFields: [ 'type', AllowedFields ] };

/** A surface (see shared/editor.js) for forms. */
export class FormSurface {
  constructor(fileName) {
    this.extension = 'form';
    this.fileName = fileName || 'form';
    this.box = h('div', { class: 'form-editor-box' });
    this.marks = h('style');
    this.container = h('div', { class: 'editor-surface form-surface' }, this.box, this.marks);
    this.editor = new FormEditor({
      container: this.box,
      additionalModules: [ allowedFieldsModule, rulesModule ],
      exporter: { name: 'banshi', version: '1' }
    });
  }

  get tools() {
    const step = name => () => this.editor.get('commandStack')[name]();
    return [
      { icon: 'arrow-back-up', label: t('撤销（Ctrl+Z）'), id: 'undo', run: step('undo') },
      { icon: 'arrow-forward-up', label: t('重做（Ctrl+Y）'), id: 'redo', run: step('redo') },
      null
    ];
  }

  async load(text) {
    const empty = {
      id: this.fileName, name: t('新的表单'), type: 'default', schemaVersion: 18, components: [],
      executionPlatform: 'Camunda Cloud', executionPlatformVersion: '8.8.0'
    };
    const schema = text === null ? empty : JSON.parse(text);
    if (schema?.type !== 'default' || !Array.isArray(schema.components)) throw new Error(t('不是表单文件'));
    const refused = list(schema.components).find(component => REFUSED.includes(component.type));
    if (refused) throw new Error(t('用了不允许的组件 {type}', { type: refused.type }));
    this.extra = Object.fromEntries(Object.entries(schema).filter(([ key ]) => [ 'name' ].includes(key)));
    await this.editor.importSchema(schema);
  }

  async content() {
    const { components, ...rest } = this.editor.saveSchema();
    return `${JSON.stringify({ ...this.extra, ...rest, components }, null, 2)}\n`;
  }

  onChange(changed) {
    this.editor.on('commandStack.changed', event => { if (event?.trigger !== 'clear') changed(); });
  }

  history() {
    const stack = this.editor.get('commandStack');
    return { undo: stack.canUndo(), redo: stack.canRedo() };
  }

  showProblems(problems) {
    this.marks.textContent = problems.filter(problem => problem.element_id).map(({ element_id: id, severity }) =>
      `.form-surface [data-id="${CSS.escape(id)}"] { box-shadow: inset 4px 0 0 ${severity === 'error' ? '#c02626' : '#b06a00'}; }`).join('\n');
  }

  nameOf(id) {
    const field = this.field(id);
    return field ? field.label || field.key || id : id;
  }

  select(id) {
    const field = this.field(id);
    if (!field) return;
    this.editor.get('selection').set(field);
    this.box.querySelector(`[data-id="${CSS.escape(id)}"]`)?.scrollIntoView({ block: 'center' });
  }

  field(id) {
    return this.editor.get('formFieldRegistry').get(id);
  }
}

function list(components) {
  return components.flatMap(component => [ component, ...list(component.components ?? []) ]);
}
