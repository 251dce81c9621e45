// Reading and writing zeebe:properties as single, undoable changes.
import { getBusinessObject, is } from 'bpmn-js/lib/util/ModelUtil';

/** The object that holds an element's settings: those of a pool, or of the only one, are its process's. */
export function settingsHolder(element) {
  const businessObject = getBusinessObject(element);
  if (is(element, 'bpmn:Participant')) return businessObject.get('processRef');
  if (!is(element, 'bpmn:Collaboration')) return businessObject;
  const processes = businessObject.get('participants').map(participant => participant.get('processRef')).filter(Boolean);
  return processes.length === 1 ? processes[0] : businessObject;
}

function extension(holder, type) {
  return holder?.get('extensionElements')?.get('values').find(value => value.$type === type) ?? null;
}

/** The value of a property by name; '' when there is none. */
export function readProperty(element, name) {
  const list = extension(settingsHolder(element), 'zeebe:Properties')?.get('properties') ?? [];
  return list.find(property => property.get('name') === name)?.get('value') ?? '';
}

/** An attribute of one of the element's extension elements; '' when there is none. */
export function readExtension(element, type, attribute) {
  return extension(settingsHolder(element), type)?.get(attribute) ?? '';
}

/** Sets a property, or removes it for ''; one step of undo. */
export function writeProperty({ commandStack, bpmnFactory }, element, name, value) {
  const holder = settingsHolder(element);
  const steps = [];
  const update = (moddleElement, properties) => steps.push({
    cmd: 'element.updateModdleProperties', context: { element, moddleElement, properties }
  });
  const create = (type, attributes, parent) => {
    const created = bpmnFactory.create(type, attributes);
    created.$parent = parent;
    return created;
  };

  const extensions = ensureExtensions(holder, create, update);
  let properties = extension(holder, 'zeebe:Properties');
  if (!properties) {
    if (!value) return;
    properties = create('zeebe:Properties', { properties: [] }, extensions);
    update(extensions, { values: [ ...extensions.get('values'), properties ] });
  }
  const list = properties.get('properties');
  const present = list.find(property => property.get('name') === name);
  if (present && value) {
    update(present, { value });
  } else if (present) {
    const rest = list.filter(property => property !== present);
    if (rest.length) update(properties, { properties: rest });
    else update(extensions, { values: extensions.get('values').filter(one => one !== properties) });
  } else if (value) {
    update(properties, { properties: [ ...list, create('zeebe:Property', { name, value }, properties) ] });
  }
  if (steps.length) commandStack.execute('properties-panel.multi-command-executor', steps);
}

/** Sets attributes of an extension element, which is made or (all empty) removed as needed. */
export function writeExtension({ commandStack, bpmnFactory }, element, type, attributes) {
  const holder = settingsHolder(element);
  const steps = [];
  const update = (moddleElement, properties) => steps.push({
    cmd: 'element.updateModdleProperties', context: { element, moddleElement, properties }
  });
  const create = (kind, given, parent) => {
    const created = bpmnFactory.create(kind, given);
    created.$parent = parent;
    return created;
  };
  const extensions = ensureExtensions(holder, create, update);
  const present = extension(holder, type);
  const empty = Object.values(attributes).every(value => !value);
  if (present && empty) update(extensions, { values: extensions.get('values').filter(one => one !== present) });
  else if (present) update(present, attributes);
  else if (!empty) update(extensions, { values: [ ...extensions.get('values'), create(type, attributes, extensions) ] });
  if (steps.length) commandStack.execute('properties-panel.multi-command-executor', steps);
}

function ensureExtensions(holder, create, update) {
  let extensions = holder.get('extensionElements');
  if (!extensions) {
    extensions = create('bpmn:ExtensionElements', { values: [] }, holder);
    update(holder, { extensionElements: extensions });
  }
  return extensions;
}
