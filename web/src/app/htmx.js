// htmx under our content security policy: nothing evaluated, no styles injected, no page kept in
// storage, errors shown in words.
import htmx from 'htmx.org';

import { toast } from '../shared/dialog.js';
import { csrfToken, explain } from '../shared/http.js';

Object.assign(htmx.config, {
  allowEval: false,
  allowScriptTags: false,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
  historyCacheSize: 0,
  refreshOnHistoryMiss: true,
  timeout: 30000,
  // 422 is a form sent back with its errors beside the fields.
  responseHandling: [
    { code: '204', swap: false },
    { code: '[23]..', swap: true },
    { code: '422', swap: true },
    { code: '[45]..', swap: false, error: true }
  ]
});

document.addEventListener('htmx:configRequest', event => {
  if (event.detail.verb !== 'get') event.detail.headers['X-CSRF-Token'] = csrfToken();
});

document.addEventListener('htmx:responseError', event => {
  const { xhr } = event.detail;
  let body = null;
  if (/json/.test(xhr.getResponseHeader('Content-Type') ?? '')) {
    try { body = JSON.parse(xhr.responseText); } catch { body = null; }
  }
  toast(explain(xhr.status, body), { kind: 'error' });
});

for (const name of [ 'htmx:sendError', 'htmx:timeout' ]) {
  document.addEventListener(name, () => toast(explain(0), { kind: 'error' }));
}

// The server may say something with any answer: HX-Trigger: {"banshi:toast": {"message": …, "kind": …}}
document.addEventListener('banshi:toast', event => toast(event.detail.message, { kind: event.detail.kind }));

export { htmx };
