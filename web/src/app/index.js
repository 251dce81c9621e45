// What every page needs: looks, htmx, and small behaviours switched on by data attributes.
// The contract with the templates is web/README.md.
import '@tabler/core/dist/css/tabler.min.css';
import './app.css';

import Collapse from 'bootstrap/js/src/collapse.js';
import Dropdown from 'bootstrap/js/src/dropdown.js';
import Offcanvas from 'bootstrap/js/src/offcanvas.js';
import Tab from 'bootstrap/js/src/tab.js';

import { mountAutosave } from './autosave.js';
import { mountCarry } from './carry.js';
import { mountTicks, watchClicks } from './clicks.js';
import { watchConfirm } from './confirm.js';
import { mountEvaluation } from './evaluation.js';
import { watchEvents } from './events.js';
import { mountGuard } from './guard.js';
import { htmx } from './htmx.js';
import { mountJump } from './jump.js';
import { mountKeys } from './keys.js';
import { mountPicks } from './picks.js';
import { mountRepeat } from './repeat.js';
import { mountSignature } from './signature.js';
import { mountStrip } from './strips.js';
import { mountAmounts, mountSums } from './sums.js';
import { mountTimes } from './times.js';
import { mountUpload } from './upload.js';

const behaviours = [
  [ '[data-repeat]', mountRepeat ],
  [ '[data-upload]', mountUpload ],
  [ '[data-sum-of]', mountSums ],
  [ '[data-capital-of]', mountAmounts ],
  [ 'form[data-evaluate]', mountEvaluation ],
  [ 'form[data-autosave]', mountAutosave ],
  [ 'form[data-guard]', mountGuard ],
  [ 'form[data-carry]', mountCarry ],
  [ 'a[data-jump]', mountJump ],
  [ '[data-picks]', mountPicks ],
  [ '[data-signature]', mountSignature ],
  [ '.side, .top-nav, .tabs ul', mountStrip ],
  [ 'time[data-relative]', mountTimes ],
  [ '[data-needs-script]', node => { node.hidden = false; } ],
  [ '[data-check-all]', mountTicks ],
  [ '[data-keys=inbox]', mountKeys ]
];

const mounted = new WeakMap();

// Runs for the page and for whatever htmx swaps in; each behaviour once per element.
function mountAll(root) {
  for (const [ selector, mount ] of behaviours) {
    const found = [ ...root.querySelectorAll?.(selector) ?? [] ];
    if (root.matches?.(selector)) found.unshift(root);
    for (const element of found) {
      const done = mounted.get(element) ?? new Set();
      if (done.has(mount)) continue;
      mounted.set(element, done.add(mount));
      mount(element);
    }
  }
}

document.addEventListener('banshi:mount', event => mountAll(event.target));
htmx.onLoad(mountAll);
watchConfirm();
watchClicks();
watchEvents();
document.querySelector('[data-error-summary]')?.focus();

export { Collapse, Dropdown, Offcanvas, Tab };
