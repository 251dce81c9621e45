// Making DOM nodes without HTML strings, so that no text is ever read as markup.

/** h('button', { class: 'btn', onclick }, 'text', child): an element with attributes and children. */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [ name, value ] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (name === 'dataset') Object.assign(node.dataset, value);
    else if (value === true) node.setAttribute(name, '');
    else node.setAttribute(name, String(value));
  }
  node.append(...children.filter(child => child !== null && child !== undefined && child !== false));
  return node;
}

const SVG = 'http://www.w3.org/2000/svg';

/** An icon out of the sprite; the page names the sprite in <meta name="icons" content="URL">. */
export function icon(name, className = 'icon') {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', className);
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `${document.querySelector('meta[name=icons]')?.content ?? ''}#${name}`);
  svg.append(use);
  return svg;
}

/** Calls `run` once, `wait` ms after the last call; `.flush()` runs what is pending at once. */
export function debounce(run, wait) {
  let timer = null;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(() => { timer = null; run(); }, wait);
  };
  later.flush = () => {
    if (timer === null) return;
    clearTimeout(timer);
    timer = null;
    run();
  };
  later.cancel = () => { clearTimeout(timer); timer = null; };
  return later;
}
