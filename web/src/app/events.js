// body[data-events=URL]: counts and news over server-sent events. The stream rests while the page
// is in the background, so that many open tabs do not hold many connections; then, and where there
// is no stream to be had, body[data-counts=URL] is asked now and then.
import { toast } from '../shared/dialog.js';
import { t } from '../shared/text.js';
import { htmx } from './htmx.js';

const REST_AFTER_MS = 10000;
const ASK_EVERY_MS = 60000;

/** Opens the stream named by the body, if any, and keeps it open while the page is looked at. */
export function watchEvents() {
  const { events: url, counts: asked } = document.body.dataset;
  if (!url) return;
  const badges = new Badges();
  let source = null;
  let rest = null;
  let asking = null;

  function open() {
    if (source || !('EventSource' in window)) return;
    source = new EventSource(url);
    source.addEventListener('open', () => stopAsking());
    source.addEventListener('counts', event => badges.show(JSON.parse(event.data)));
    source.addEventListener('refresh', event => refresh(JSON.parse(event.data)));
    source.addEventListener('notice', event => announce(JSON.parse(event.data)));
    // A stream that is refused (too many, or the session is over) is not tried again by itself.
    source.addEventListener('error', () => {
      if (source?.readyState === EventSource.CLOSED) { source = null; startAsking(); }
    });
  }

  function close() {
    source?.close();
    source = null;
  }

  async function ask() {
    try {
      const answer = await fetch(asked, { headers: { Accept: 'application/json' } });
      // Without a session the answer is the log-in page: there is nothing more to ask.
      if (answer.redirected || answer.status === 401) stopAsking();
      else if (answer.ok) badges.show(await answer.json());
    } catch { /* the network is away; the next time */ }
  }

  function startAsking() {
    if (asked) asking ??= setInterval(ask, ASK_EVERY_MS);
  }

  function stopAsking() {
    clearInterval(asking);
    asking = null;
  }

  document.addEventListener('visibilitychange', () => {
    clearTimeout(rest);
    if (document.visibilityState === 'visible') open();
    else rest = setTimeout(() => { close(); startAsking(); }, REST_AFTER_MS);
  });
  window.addEventListener('pagehide', () => { close(); stopAsking(); });
  window.addEventListener('pageshow', event => { if (event.persisted) open(); });
  if (document.visibilityState === 'visible') open();
  if (!source) startAsking();
}

// [data-count=NAME] within .count shows a number; [data-live] says aloud when there is more;
// [data-watched=NAME][data-shown=N] is a list whose [data-stale-note] appears once it is out of date.
class Badges {
  constructor() {
    this.title = document.title;
    this.known = null;
  }

  show(counts) {
    for (const badge of document.querySelectorAll('[data-count]')) {
      const count = counts[badge.dataset.count];
      if (count === undefined) continue;
      badge.textContent = count > 0 ? shown(count) : '';
      (badge.closest('.count') ?? badge).hidden = count === 0;
    }
    if (counts.inbox !== undefined) {
      document.title = counts.inbox > 0 ? `(${shown(counts.inbox)}) ${this.title}` : this.title;
    }
    for (const list of document.querySelectorAll('[data-watched]')) {
      const note = list.querySelector('[data-stale-note]');
      const count = counts[list.dataset.watched];
      if (note && count !== undefined) note.hidden = count === Number(list.dataset.shown);
    }
    this.say(counts);
    this.known = { ...this.known, ...counts };
  }

  say(counts) {
    const live = document.querySelector('[data-live]');
    if (!live || !this.known) return;
    const said = [];
    if (counts.inbox > this.known.inbox) said.push(t('有新的待办，共 {count} 件。', { count: shown(counts.inbox) }));
    if (counts.notices > this.known.notices) said.push(t('有新的通知，{count} 条未读。', { count: shown(counts.notices) }));
    if (said.length) live.textContent = said.join('');
  }
}

function shown(count) {
  return Number(count) > 99 ? '99+' : String(count);
}

function refresh({ topic }) {
  for (const node of document.querySelectorAll('[data-refresh]')) {
    if (node.dataset.refresh.split(' ').includes(topic)) htmx.trigger(node, 'banshi:refresh');
  }
}

function announce({ message, kind, url }) {
  toast(message, { kind, action: url ? { href: url, label: t('查看') } : undefined });
}
