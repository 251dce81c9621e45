// time[data-relative]: 3 分钟前 / 2 天后, the exact time on hover; refreshed every minute. What is more
// than thirty days away is given as a date.
import { locale, t } from '../shared/text.js';

const STEPS = [ [ 60, 'second', 1 ], [ 3600, 'minute', 60 ], [ 86400, 'hour', 3600 ], [ 2592000, 'day', 86400 ] ];
const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });

/** The distance of a moment from now in words. */
export function inWords(moment, now = Date.now()) {
  const seconds = (moment - now) / 1000;
  const step = STEPS.find(([ limit ]) => Math.abs(seconds) < limit);
  if (!step) return new Date(moment).toLocaleDateString(locale, { dateStyle: 'medium' });
  const [ , unit, size ] = step;
  return unit === 'second' ? t('刚刚') : relative.format(Math.trunc(seconds / size), unit);
}

const shown = new Set();

/** Takes the element into the minute's round. */
export function mountTimes(node) {
  const moment = Date.parse(node.dateTime);
  if (Number.isNaN(moment)) return;
  if (!node.title) node.title = new Date(moment).toLocaleString(locale, { dateStyle: 'long', timeStyle: 'short' });
  node.textContent = inWords(moment);
  shown.add(node);
}

setInterval(() => {
  for (const node of shown) {
    if (!node.isConnected) shown.delete(node);
    else node.textContent = inWords(Date.parse(node.dateTime));
  }
}, 60000);
