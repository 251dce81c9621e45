// Which of the diagram libraries' own words have no Chinese yet, and which of our own no English.
// Prints them and exits 1 if there are any.
//   node strings.mjs          what is missing
//   node strings.mjs --all    every word found, as a JSON list
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const WEB = dirname(fileURLToPath(import.meta.url));
const MODULES = join(WEB, 'node_modules');

// Texts handed to translate() as literals, by library.
const CALLS = [
  'bpmn-js/lib', 'diagram-js/lib', 'bpmn-js-properties-panel/dist/index.esm.js', '@bpmn-io/properties-panel/dist/index.esm.js',
  'bpmn-js-element-templates/dist/index.esm.js', 'bpmn-js-create-append-anything/dist/index.es.js',
  '@bpmn-io/element-template-chooser/dist/index.es.js', 'camunda-bpmn-js-behaviors/lib/camunda-cloud', 'camunda-bpmn-js-behaviors/lib/util'
];
// Texts that reach translate() through tables of options.
const TABLES = [ 'bpmn-js/lib/features/replace/ReplaceOptions.js', 'bpmn-js-create-append-anything/dist/index.es.js' ];

function files(path) {
  if (statSync(path).isFile()) return [ path ];
  return readdirSync(path).flatMap(name => files(join(path, name))).filter(name => name.endsWith('.js'));
}

function unquote(literal) {
  return JSON.parse(`"${literal.slice(1, -1).replace(/\\'/g, "'").replace(/(?<!\\)"/g, '\\"')}"`);
}

const found = new Set();
for (const path of CALLS) {
  for (const file of files(join(MODULES, path))) {
    const text = readFileSync(file, 'utf8');
    for (const [ , literal ] of text.matchAll(/\btranslate\$?\d*\(\s*('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")/g)) found.add(unquote(literal));
    for (const [ , one, two ] of text.matchAll(/\btranslate\$?\d*\([^)'"]*\?\s*('(?:[^'\\\n]|\\.)*')\s*:\s*('(?:[^'\\\n]|\\.)*')/g)) {
      found.add(unquote(one));
      found.add(unquote(two));
    }
  }
}
for (const path of TABLES) {
  const text = readFileSync(join(MODULES, path), 'utf8');
  for (const [ , literal ] of text.matchAll(/\b(?:label|name|title|description): ('(?:[^'\\\n]|\\.)*')/g)) found.add(unquote(literal));
}

const all = [ ...found ].filter(text => /[A-Za-z]{2}/.test(text)).sort();
if (process.argv.includes('--all')) {
  console.log(JSON.stringify(all, null, 1));
} else {
  const missing = lacking(all, 'modeler.zh-CN.json');
  const own = new Set(files(join(WEB, 'src')).flatMap(file =>
    [ ...readFileSync(file, 'utf8').matchAll(/\bt\(\s*('(?:[^'\\\n]|\\.)*')/g) ].map(([ , literal ]) => unquote(literal))));
  const foreign = lacking([ ...own ], 'en.json');
  for (const text of [ ...missing, ...foreign ]) console.log(text);
  console.log(`${all.length} texts of libraries, ${missing.length} without Chinese; ${own.size} of ours, ${foreign.length} without English`);
  process.exit(missing.length + foreign.length ? 1 : 0);
}

function lacking(texts, dictionary) {
  const words = JSON.parse(readFileSync(join(WEB, 'src/i18n', dictionary), 'utf8'));
  return texts.filter(text => !(text in words));
}
