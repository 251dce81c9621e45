// The diagram libraries' own words in Chinese. They pass every text through `translate`.
import { locale } from '../shared/text.js';
import words from '../i18n/modeler.zh-CN.json';

/** The Chinese text of a library's English one, {placeholders} filled in; unknown ones as they are. */
export function translate(template, replacements = {}) {
  const text = locale === 'zh-CN' ? words[template] ?? template : template;
  return text.replace(/{([^}]+)}/g, (whole, key) => replacements[key] ?? whole);
}

/** The module that puts it into a diagram. */
export const chineseTranslate = { translate: [ 'value', translate ] };
