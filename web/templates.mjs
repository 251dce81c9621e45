// Checks the element templates with the validator of the modeler's own project before they are
// bundled; in the browser they are trusted (src/modeler/trusted-templates.js).
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** All templates under src/templates/, in file order. Throws with the first problem found. */
export function validateTemplates(web) {
  const { validateZeebe } = require('@bpmn-io/element-templates-validator');
  const folder = join(web, 'src/templates');
  const ids = new Set();
  for (const file of readdirSync(folder).filter(f => f.endsWith('.json')).sort()) {
    const template = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    const { valid, errors } = validateZeebe(template);
    if (!valid) {
      throw new Error(`${file}: ${(errors ?? []).map(e => e.message).join('; ')}`);
    }
    if (ids.has(template.id)) throw new Error(`${file}: id ${template.id} is taken`);
    ids.add(template.id);
  }
}
