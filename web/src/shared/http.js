// Requests to our own server: CSRF header, JSON or form bodies, problems (RFC 9457) as errors.
import { t } from './text.js';

/** A refusal of the server or a lost connection. `status` is 0 when nothing came back. */
export class HttpError extends Error {
  constructor(status, message, body, headers) {
    super(message);
    this.name = 'HttpError';
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

/** The token that every changing request must carry. */
export function csrfToken() {
  return document.querySelector('meta[name=csrf-token]')?.content ?? '';
}

/**
 * Sends a request and returns { status, body, etag }; body is parsed JSON or text.
 * `json` is sent as JSON, `body` as it is. Throws HttpError for 4xx, 5xx and lost connections.
 */
export async function request(url, { method = 'GET', json, body, headers = {}, signal, keepalive, timeout = 30000 } = {}) {
  const all = { Accept: 'application/json, application/problem+json;q=0.9, */*;q=0.5', ...headers };
  if (method !== 'GET') all['X-CSRF-Token'] = csrfToken();
  if (json !== undefined) all['Content-Type'] = 'application/json';
  let response;
  try {
    response = await fetch(url, {
      method, headers: all, keepalive,
      body: json !== undefined ? JSON.stringify(json) : body,
      credentials: 'same-origin',
      redirect: 'follow',
      signal: signal ?? AbortSignal.timeout?.(timeout)
    });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new HttpError(0, t('连不上服务器，请检查网络后重试。'));
  }
  const parsed = await parse(response);
  if (!response.ok) {
    throw new HttpError(response.status, explain(response.status, parsed), parsed, response.headers);
  }
  return { status: response.status, body: parsed, etag: response.headers.get('ETag') };
}

async function parse(response) {
  const type = response.headers.get('Content-Type') ?? '';
  const text = await response.text();
  if (!/[/+]json\b/.test(type)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** What went wrong, in words: the problem document's own, else by status. */
export function explain(status, body) {
  if (body && typeof body === 'object') {
    const said = body.detail ?? body.title;
    if (typeof said === 'string' && said) return said;
  }
  const known = {
    0: t('连不上服务器，请检查网络后重试。'),
    401: t('登录已过期，请重新登录。'),
    403: t('您没有权限做这件事。'),
    404: t('要找的内容不存在，可能已被删除。'),
    409: t('内容已被别人改动，请刷新后再试。'),
    412: t('内容已被别人改动，请刷新后再试。'),
    413: t('内容太大，服务器没有接收。'),
    422: t('填写的内容有误，请检查后重试。'),
    429: t('操作太频繁，请稍后再试。')
  };
  return known[status] ?? t('服务器出错（{status}），请稍后再试；如果一直这样，请联系管理员。', { status });
}
