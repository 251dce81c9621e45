// Adds our groups to the properties panel, after those of bpmn-js and of element templates, and
// takes our properties out of the raw list so that each is edited in one place only.
import { Group, SelectEntry, isSelectEntryEdited } from '@bpmn-io/properties-panel';
import { jsx } from '@bpmn-io/properties-panel/preact/jsx-runtime';
import { useService } from 'bpmn-js-properties-panel';
import { is, isAny } from 'bpmn-js/lib/util/ModelUtil';

import { t } from '../../shared/text.js';
import { entriesOf } from './entries.js';
import { laneGroups, processGroups, taskGroups, waitGroups } from './fields.js';
import { readExtension, settingsHolder, writeExtension } from './properties.js';

// Below bpmn-js-element-templates (300), which hides the groups that come before it.
const AFTER_TEMPLATES = 200;

// Where a token stays for a while, beside user tasks.
const WAITING = [ 'bpmn:IntermediateCatchEvent', 'bpmn:BoundaryEvent', 'bpmn:ReceiveTask', 'bpmn:CallActivity', 'bpmn:SubProcess' ];

const hasTimer = element => (settingsHolder(element).get('eventDefinitions') ?? []).some(one => is(one, 'bpmn:TimerEventDefinition'));

class SettingsProvider {
  constructor(propertiesPanel, elementTemplates, choices) {
    this.elementTemplates = elementTemplates;
    this.choices = choices;
    propertiesPanel.registerProvider(AFTER_TEMPLATES, this);
  }

  getGroups(element) {
    return groups => {
      if (element.labelTarget || !settingsHolder(element)) return groups;
      const own = this.ownGroups(element);
      const bound = this.boundNames(element);
      const made = own.map(({ id, label, fields, open }) => ({
        id, label, component: Group, shouldOpen: Boolean(open),
        entries: entriesOf(fields.filter(field => !bound.has(field.name)), element)
      })).filter(group => group.entries.length);
      const form = this.formGroup(element, groups);
      const at = groups.reduce((last, group, index) => (group.id === 'documentation' || group.id.startsWith('ElementTemplates__') ? index + 1 : last), 1);
      const rest = withoutOurs(groups);
      return [ ...rest.slice(0, at), ...form ? [ form ] : [], ...made, ...rest.slice(at) ];
    };
  }

  ownGroups(element) {
    if (is(element, 'bpmn:Lane')) return laneGroups(this.choices);
    if (is(element, 'bpmn:UserTask')) return taskGroups(this.choices);
    if (isAny(element, WAITING)) return waitGroups(hasTimer, one => !is(one, 'bpmn:BoundaryEvent'));
    if (is(settingsHolder(element), 'bpmn:Process')) return processGroups(this.choices);
    return [];
  }

  // What an element template already offers a field for.
  boundNames(element) {
    const template = this.elementTemplates.get(element);
    return new Set((template?.properties ?? []).filter(property => property.binding.type === 'zeebe:property').map(property => property.binding.name));
  }

  // A choice of the forms there are; the panel's own group stays for everything else.
  formGroup(element, groups) {
    if (!this.choices.forms.length || !isAny(element, [ 'bpmn:UserTask', 'bpmn:StartEvent' ])) return null;
    if (is(element, 'bpmn:StartEvent') && !is(element.parent, 'bpmn:Process') && !is(element.parent, 'bpmn:Participant')) return null;
    const bound = (this.elementTemplates.get(element)?.properties ?? []).some(property => property.binding.type === 'zeebe:formDefinition');
    if (bound || !groups.length) return null;
    const { forms } = this.choices;
    return {
      id: 'Banshi__Form', label: t('选用表单'), component: Group,
      entries: [ { id: 'banshi-form', component: FormEntry, forms, isEdited: isSelectEntryEdited } ]
    };
  }
}

SettingsProvider.$inject = [ 'propertiesPanel', 'elementTemplates', 'banshiChoices' ];

function FormEntry({ id, element, forms }) {
  const services = { commandStack: useService('commandStack'), bpmnFactory: useService('bpmnFactory') };
  const present = readExtension(element, 'zeebe:FormDefinition', 'formId');
  const known = forms.some(form => form.value === present);
  return jsx(SelectEntry, {
    id, element, label: t('表单'),
    getValue: () => present,
    setValue: formId => writeExtension(services, element, 'zeebe:FormDefinition', { formId: formId || undefined }),
    getOptions: () => [ { value: '', label: t('没有表单') }, ...forms, ...present && !known ? [ { value: present, label: present } ] : [] ]
  });
}

function withoutOurs(groups) {
  return groups.map(group => group.id === 'Zeebe__ExtensionProperties' && group.items
    ? { ...group, items: group.items.filter(item => !String(item.label).startsWith('banshi:')) }
    : group);
}

/** The module for bpmn-js; `choices` are those of the page. */
export function settingsModule(choices) {
  return {
    __init__: [ 'banshiSettingsProvider' ],
    banshiChoices: [ 'value', choices ],
    banshiSettingsProvider: [ 'type', SettingsProvider ]
  };
}
