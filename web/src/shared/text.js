// Words people read are written in Chinese where they are used; other languages are looked up by
// the Chinese text. The page's <html lang> decides.
import english from '../i18n/en.json';

const dictionaries = { en: english };
const language = (document.documentElement.lang || 'zh-CN').toLowerCase();

/** The page's language tag, for Intl formats. */
export const locale = language.startsWith('en') ? 'en' : 'zh-CN';

/** The text in the page's language, with {name} placeholders filled in. */
export function t(text, values = {}) {
  const translated = dictionaries[locale]?.[text] ?? text;
  return translated.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? String(values[key]) : whole));
}
