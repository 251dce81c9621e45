// body[data-events=URL]: counts and news over server-sent events. The stream rests while the page
// is in the background, so that many open tabs do not hold many connections.
import { toast } from '../shared/dialog.js';
import { t } from '../shared/text.js';
import { htmx } from './htmx.js';

const REST_AFTER_MS = 60000;

/** Opens the stream named by the body, if any, and keeps it open while the page is looked at. */
export function watchEvents() {
  const url = document.body.dataset.events;
  if (!url || !('EventSource' in window)) return;
  const title = document.title;
  let source = null;
  let rest = null;

  function open() {
    if (source) return;
    source = new EventSource(url);
    source.addEventListener('counts', event => showCounts(JSON.parse(event.data), title));
    source.addEventListener('refresh', event => refresh(JSON.parse(event.data)));
    source.addEventListener('notice', event => announce(JSON.parse(event.data)));
  }

  function close() {
    source?.close();
    source = null;
  }

  document.addEventListener('visibilitychange', () => {
    clearTimeout(rest);
    if (document.visibilityState === 'visible') open();
    else rest = setTimeout(close, REST_AFTER_MS);
  });
  window.addEventListener('pagehide', close);
  window.addEventListener('pageshow', open);
  if (document.visibilityState === 'visible') open();
}

function showCounts(counts, title) {
  for (const badge of document.querySelectorAll('[data-count]')) {
    const count = counts[badge.dataset.count];
    if (count === undefined) continue;
    badge.textContent = Number(count) > 99 ? '99+' : String(count);
    badge.hidden = Number(count) === 0;
  }
  if (counts.inbox !== undefined) {
    document.title = Number(counts.inbox) > 0 ? `(${Number(counts.inbox) > 99 ? '99+' : counts.inbox}) ${title}` : title;
  }
}

function refresh({ topic }) {
  for (const node of document.querySelectorAll('[data-refresh]')) {
    if (node.dataset.refresh.split(' ').includes(topic)) htmx.trigger(node, 'banshi:refresh');
  }
}

function announce({ message, kind, url }) {
  toast(message, { kind, action: url ? { href: url, label: t('查看') } : undefined });
}
