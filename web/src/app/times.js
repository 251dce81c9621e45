// time[data-relative]: 3 分钟前 / 2 天后, the exact time on hover; refreshed every minute.
import { locale } from '../shared/text.js';

const STEPS = [ [ 60, 'second' ], [ 3600, 'minute' ], [ 86400, 'hour' ], [ 2592000, 'day' ], [ 31536000, 'month' ], [ Infinity, 'year' ] ];
const SECONDS = { second: 1, minute: 60, hour: 3600, day: 86400, month: 2592000, year: 31536000 };
const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });

/** The distance of a moment from now in words. */
export function inWords(moment, now = Date.now()) {
  const seconds = (moment - now) / 1000;
  const unit = STEPS.find(([ limit ]) => Math.abs(seconds) < limit)[1];
  return relative.format(Math.trunc(seconds / SECONDS[unit]), unit);
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
