// a[data-jump] to a part of the page stays in sight until that part is.
/** Lets the link float over the page for as long as its target lies below. */
export function mountJump(link) {
  const target = document.querySelector(link.getAttribute('href'));
  if (!target || typeof IntersectionObserver === 'undefined') return;
  new IntersectionObserver(([ seen ]) => {
    link.classList.toggle('jump-floats', !seen.isIntersecting && seen.boundingClientRect.top > 0);
  }).observe(target);
}
