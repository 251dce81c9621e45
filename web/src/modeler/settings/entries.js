// One panel entry per field kind, all reading and writing through settings/properties.js.
import {
  CheckboxEntry, CheckboxGroup, FeelEntry, SelectEntry, TextAreaEntry, TextFieldEntry,
  isCheckboxEntryEdited, isFeelEntryEdited, isSelectEntryEdited, isTextAreaEntryEdited, isTextFieldEntryEdited
} from '@bpmn-io/properties-panel';
import { jsx } from '@bpmn-io/properties-panel/preact/jsx-runtime';
import { useService } from 'bpmn-js-properties-panel';

import { readProperty, writeProperty } from './properties.js';

function useServices() {
  return {
    commandStack: useService('commandStack'),
    bpmnFactory: useService('bpmnFactory'),
    debounce: useService('debounceInput')
  };
}

// What the text in the file looks like in the entry, and back.
const CODECS = {
  checkbox: { show: text => text === 'true', keep: checked => (checked ? 'true' : '') },
  lines: { show: text => text.split(/[;；]/).map(line => line.trim()).filter(Boolean).join('\n'),
    keep: text => (text ?? '').split(/[\n;；]/).map(line => line.trim()).filter(Boolean).join(';') },
  roles: { show: text => text.split(/[,，]/).map(role => role.trim()).filter(Boolean),
    keep: roles => (roles.includes('*') ? '*' : roles.join(',')) }
};
const PLAIN = { show: text => text, keep: text => text ?? '' };

const COMPONENTS = {
  text: [ TextFieldEntry, isTextFieldEntryEdited ],
  area: [ TextAreaEntry, isTextAreaEntryEdited ],
  lines: [ TextAreaEntry, isTextAreaEntryEdited ],
  select: [ SelectEntry, isSelectEntryEdited ],
  checkbox: [ CheckboxEntry, isCheckboxEntryEdited ],
  roles: [ CheckboxGroup, () => false ],
  feel: [ FeelEntry, isFeelEntryEdited ]
};

function Entry({ id, element, field }) {
  const services = useServices();
  const { show, keep } = CODECS[field.kind] ?? PLAIN;
  const [ component ] = COMPONENTS[field.kind];
  const value = readProperty(element, field.name) || field.fallback || '';
  // Lines are written back only when they mean something else, so that an empty line can be typed.
  const set = given => {
    const text = keep(given);
    if (text !== readProperty(element, field.name)) writeProperty(services, element, field.name, text);
  };
  const options = withPresent(field, value);
  return jsx(component, {
    id, element,
    label: field.label,
    description: field.description,
    validate: field.validate,
    debounce: services.debounce,
    feel: field.kind === 'feel' ? 'required' : undefined,
    rows: field.kind === 'lines' ? Math.max(3, value.split(';').length) : field.kind === 'area' ? 2 : undefined,
    getValue: () => show(value),
    setValue: (given, error) => { if (!error) set(given); },
    getOptions: () => options,
    options
  });
}

// A value that is not among the choices (a role of another bureau, say) stays choosable.
function withPresent(field, value) {
  if (!field.options) return undefined;
  const known = new Set(field.options.map(option => option.value));
  const present = field.kind === 'roles' ? CODECS.roles.show(value) : value ? [ value ] : [];
  return [ ...field.options, ...present.filter(one => !known.has(one)).map(one => ({ value: one, label: one })) ];
}

/**
 * The panel's entries for the fields that make sense for the element now. The component stays the
 * same from one drawing to the next, else what is being typed would be thrown away.
 */
export function entriesOf(fields, element) {
  return fields.filter(field => !field.when || field.when(element)).map(field => ({
    id: `banshi-${field.name.replace(':', '-')}`, component: Entry, field, isEdited: COMPONENTS[field.kind][1]
  }));
}
