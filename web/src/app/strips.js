// Rows of links that scroll sideways on narrow screens begin where the reader is.
/** Brings the current link of a row into sight; does nothing where all of it is. */
export function mountStrip(row) {
  const here = row.querySelector('[aria-current=page]');
  if (!here) return;
  const room = row.getBoundingClientRect();
  row.scrollLeft += here.getBoundingClientRect().left - room.left - (room.width - here.offsetWidth) / 2;
}
