// [data-picks]: a long list of people to choose from is narrowed by typing part of a name.
import { t } from '../shared/text.js';

/** Shows the search box and filters the choices; what is chosen always stays in sight. */
export function mountPicks(group) {
  const search = group.querySelector('[data-pick-search]');
  if (!search) return;
  search.hidden = false;
  const box = search.querySelector('input');
  const count = search.querySelector('[data-pick-count]');
  const picks = [ ...group.querySelectorAll('[data-pick]') ];

  box.addEventListener('input', () => {
    const words = box.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const pick of picks) {
      const text = pick.textContent.toLowerCase();
      const fits = words.every(word => text.includes(word)) || pick.querySelector('input').checked;
      pick.hidden = !fits;
      if (fits) shown += 1;
    }
    count.textContent = t('找到 {count} 人', { count: shown });
  });
  // Enter in the box looks, it does not send the form.
  box.addEventListener('keydown', event => { if (event.key === 'Enter') event.preventDefault(); });
}
