// The server's findings as marks on the elements; a mark tells them on hover and opens the element.
import { h, icon } from '../shared/elements.js';

const TYPE = 'banshi-problem';

/** A function that shows problems on the diagram's elements, replacing those shown before. */
export function problemOverlays(viewer) {
  return problems => {
    const overlays = viewer.get('overlays');
    const registry = viewer.get('elementRegistry');
    const root = viewer.get('canvas').getRootElement();
    overlays.remove({ type: TYPE });
    const byElement = new Map();
    for (const problem of problems) {
      byElement.set(problem.element_id, [ ...byElement.get(problem.element_id) ?? [], problem ]);
    }
    for (const [ id, found ] of byElement) {
      const element = registry.get(id);
      if (!element || element === root) continue;
      const severity = found.some(problem => problem.severity === 'error') ? 'error' : 'warning';
      const text = found.map(problem => problem.message).join('\n');
      const mark = h('button', {
        type: 'button', class: `problem-mark mark-${severity}`, title: text, 'aria-label': text,
        onclick: () => viewer.get('selection').select(element)
      }, icon(severity === 'error' ? 'x' : 'alert-triangle'));
      overlays.add(id, TYPE, { position: element.waypoints ? middle(element) : { top: -11, left: -11 }, scale: { min: 0.55, max: 1.2 }, html: mark });
    }
  };
}

// Overlays of a connection are placed relative to its bounding box.
function middle({ waypoints }) {
  const at = waypoints[Math.floor((waypoints.length - 1) / 2)];
  const next = waypoints[Math.floor((waypoints.length - 1) / 2) + 1];
  const left = Math.min(...waypoints.map(point => point.x));
  const top = Math.min(...waypoints.map(point => point.y));
  return { left: (at.x + next.x) / 2 - left - 11, top: (at.y + next.y) / 2 - top - 11 };
}
