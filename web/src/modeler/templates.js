// Our element templates, with the page's roles, forms and processes filled into their choices.
import approval from '../templates/approval.json';
import countersign from '../templates/countersign.json';
import expertVote from '../templates/expert-vote.json';
import notify from '../templates/notify.json';
import publicNotice from '../templates/public-notice.json';
import supplement from '../templates/supplement.json';

const TEMPLATES = [ approval, countersign, expertVote, supplement, publicNotice, notify ];

// Property ids whose choices the page knows better than the file.
const FILLED = { role: 'roles', form: 'forms' };

/** The templates for this page. Without choices a field stays a free text. */
export function elementTemplates(choices) {
  return TEMPLATES.map(template => ({
    ...template,
    properties: template.properties.map(property => {
      const given = choices[FILLED[property.id]] ?? [];
      if (given.length === 0) return property;
      const options = given.map(({ value, label }) => ({ value, name: label }));
      return { ...property, type: 'Dropdown', feel: undefined, choices: property.id === 'role' ? [ { value: '', name: '按泳道' }, ...options ] : options };
    })
  }));
}
