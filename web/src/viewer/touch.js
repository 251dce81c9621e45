// Fingers on the diagram: one moves it sideways (up and down still scrolls the page), two move and
// zoom it. diagram-js itself listens to the mouse only.

/** Follows touches on the box; `moved` is called once the diagram was moved. */
export function followTouch(box, canvas, moved) {
  const fingers = new Map();
  box.style.touchAction = 'pan-y';

  const middle = () => {
    const points = [ ...fingers.values() ];
    return { x: points.reduce((sum, p) => sum + p.x, 0) / points.length, y: points.reduce((sum, p) => sum + p.y, 0) / points.length };
  };
  const spread = () => {
    const [ a, b ] = [ ...fingers.values() ];
    return b ? Math.hypot(a.x - b.x, a.y - b.y) : 0;
  };

  box.addEventListener('pointerdown', event => {
    if (event.pointerType === 'touch') fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });

  box.addEventListener('pointermove', event => {
    if (!fingers.has(event.pointerId)) return;
    const before = middle();
    const wide = spread();
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const now = middle();
    canvas.scroll({ dx: now.x - before.x, dy: fingers.size > 1 ? now.y - before.y : 0 });
    if (wide > 0) {
      const frame = box.getBoundingClientRect();
      const zoom = Math.min(3, Math.max(0.15, canvas.zoom() * spread() / wide));
      canvas.zoom(zoom, { x: now.x - frame.left, y: now.y - frame.top });
    }
    moved();
  });

  for (const type of [ 'pointerup', 'pointercancel', 'pointerleave' ]) {
    box.addEventListener(type, event => fingers.delete(event.pointerId));
  }
  // Two fingers are ours, so that the page does not zoom along.
  box.addEventListener('touchmove', event => { if (event.touches.length > 1) event.preventDefault(); }, { passive: false });
}
