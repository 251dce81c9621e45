// [data-upload=URL]: files are sent one by one with progress; the form then carries their keys.
import { h, icon } from '../shared/elements.js';
import { csrfToken, explain } from '../shared/http.js';
import { t } from '../shared/text.js';

/** Bytes in words: 356 KB, 1.2 MB. */
export function formatSize(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** Wires the file input, the drop zone and the list inside the element. */
export function mountUpload(zone) {
  const input = zone.querySelector('input[type=file]');
  const list = zone.querySelector('[data-upload-list]') ?? zone.appendChild(h('ul', { class: 'upload-list' }));
  const name = zone.dataset.name;
  const max = Number(zone.dataset.max ?? Infinity);
  const maxSize = Number(zone.dataset.maxSize ?? Infinity);
  input.removeAttribute('name');
  // The browser's own control speaks the browser's language; the label opens the same picker.
  input.after(h('div', { class: 'upload-pick' },
    h('label', { class: 'btn', for: input.id }, icon('upload'), t('选择文件')), h('span', {}, t('或把文件拖到这里'))));

  const count = () => list.querySelectorAll('[data-document]').length;
  const changed = () => {
    input.disabled = count() >= max;
    zone.classList.toggle('upload-full', input.disabled);
    zone.dispatchEvent(new CustomEvent('banshi:change', { bubbles: true }));
  };

  function take(files) {
    for (const file of files) {
      const row = h('li', { class: 'upload-item' }, icon('file'), h('span', { class: 'upload-name' }, file.name),
        h('span', { class: 'upload-size' }, formatSize(file.size)));
      list.append(row);
      if (list.querySelectorAll('[data-document], [data-sending]').length >= max) fail(row, t('最多上传 {max} 个文件。', { max }));
      else if (file.size > maxSize) fail(row, t('文件超过 {size}，请压缩后再传。', { size: formatSize(maxSize) }));
      else if (file.size === 0) fail(row, t('文件是空的。'));
      else if (!accepted(file)) fail(row, t('只能上传这些类型：{types}', { types: input.accept }));
      else send(file, row);
    }
    input.value = '';
  }

  function accepted(file) {
    const types = (input.accept ?? '').split(',').map(type => type.trim().toLowerCase()).filter(Boolean);
    return types.length === 0 || types.some(type => type.startsWith('.')
      ? file.name.toLowerCase().endsWith(type)
      : type.endsWith('/*') ? file.type.startsWith(type.slice(0, -1)) : file.type === type);
  }

  function send(file, row) {
    const bar = h('progress', { max: 100, value: 0, 'aria-label': t('{name} 上传进度', { name: file.name }) });
    const xhr = new XMLHttpRequest();
    const stop = h('button', { type: 'button', class: 'btn btn-sm btn-ghost-secondary', onclick: () => { xhr.abort(); row.remove(); } }, t('取消'));
    row.dataset.sending = '';
    row.append(bar, stop);
    xhr.upload.addEventListener('progress', event => {
      if (event.lengthComputable) bar.value = Math.round(event.loaded / event.total * 100);
    });
    xhr.addEventListener('load', () => {
      let body = null;
      try { body = JSON.parse(xhr.responseText); } catch { body = null; }
      if (xhr.status >= 200 && xhr.status < 300 && body?.key) {
        row.replaceWith(documentRow(body));
        changed();
      } else {
        fail(row, explain(xhr.status, body), () => { row.replaceChildren(...head(row)); send(file, row); });
      }
    });
    const lost = () => fail(row, explain(0), () => { row.replaceChildren(...head(row)); send(file, row); });
    xhr.addEventListener('error', lost);
    xhr.addEventListener('timeout', lost);
    xhr.open('POST', zone.dataset.upload);
    xhr.setRequestHeader('X-CSRF-Token', csrfToken());
    xhr.setRequestHeader('Accept', 'application/json');
    const data = new FormData();
    data.append('file', file, file.name);
    xhr.send(data);
  }

  const head = row => [ ...row.children ].slice(0, 3);

  function fail(row, message, retry) {
    delete row.dataset.sending;
    row.classList.add('upload-failed');
    const again = retry ? [ h('button', { type: 'button', class: 'btn btn-sm', onclick: () => { row.classList.remove('upload-failed'); retry(); } }, t('重试')) ] : [];
    row.replaceChildren(...head(row), h('span', { class: 'upload-error', role: 'alert' }, message), ...again,
      h('button', { type: 'button', class: 'btn btn-sm btn-ghost-secondary', onclick: () => row.remove() }, t('移除')));
  }

  function documentRow({ key, name: title, size, url }) {
    return h('li', { class: 'upload-item', dataset: { document: key } }, icon('file-check'),
      url ? h('a', { class: 'upload-name', href: url }, title) : h('span', { class: 'upload-name' }, title),
      h('span', { class: 'upload-size' }, formatSize(Number(size))),
      h('input', { type: 'hidden', name, value: key }),
      h('button', { type: 'button', class: 'btn btn-sm btn-ghost-danger', 'data-remove-document': true, 'aria-label': t('移除 {name}', { name: title }) }, t('移除')));
  }

  input.addEventListener('change', () => take(input.files));
  list.addEventListener('click', event => {
    const button = event.target.closest('[data-remove-document]');
    if (!button) return;
    event.preventDefault();
    button.closest('[data-document]').remove();
    changed();
    input.focus();
  });
  for (const type of [ 'dragenter', 'dragover' ]) {
    zone.addEventListener(type, event => { event.preventDefault(); zone.classList.add('upload-over'); });
  }
  for (const type of [ 'dragleave', 'drop' ]) zone.addEventListener(type, () => zone.classList.remove('upload-over'));
  zone.addEventListener('drop', event => { event.preventDefault(); if (!input.disabled) take(event.dataTransfer.files); });
  input.disabled = count() >= max;
  zone.classList.toggle('upload-full', input.disabled);
}
