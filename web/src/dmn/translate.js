// The decision editor's own words in Chinese.
import { locale } from '../shared/text.js';
import words from '../i18n/dmn.zh-CN.json';

function translate(template, replacements = {}) {
  const text = locale === 'zh-CN' ? words[template] ?? template : template;
  return text.replace(/{ ?(\w+) ?}/g, (whole, key) => replacements[key] ?? whole);
}

/** The module for each of the decision editor's views. */
export const chineseTranslate = { translate: [ 'value', translate ] };
