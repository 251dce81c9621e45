// Texts of the libraries that never reach a translate function are given one as the files are read.
// Every edit must find its place, so a new version of a library can't silently bring English back.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const asWord = word => [ `'${word}'`, `banshiTranslate('${word}')` ];

const EDITS = [
  { file: '@bpmn-io/properties-panel/dist/index.esm.js', edits: [
    [ 'translate = translateFallback', 'translate = banshiTranslate' ],
    [ 'translate(`Click to ${active ? \'remove\' : \'set a\'} dynamic value with FEEL expression`)',
      'translate(active ? \'Click to remove dynamic value with FEEL expression\' : \'Click to set a dynamic value with FEEL expression\')' ]
  ] },
  { file: 'bpmn-js-properties-panel/dist/index.esm.js', edits: [
    ...[ 'Creating', 'Assigning', 'Updating', 'Completing', 'Canceling', '<no type>' ].map(asWord)
  ] },
  { file: 'bpmn-js-element-templates/dist/index.esm.js', edits: [ [ 'title: "Select a template"', 'title: translate("Select a template")' ] ] },
  { file: 'diagram-js/lib/features/popup-menu/PopupMenuComponent.js', edits: [ asWord('Results') ] }
];

// The form editor has no translate function at all: texts that are labels, titles, messages and the
// like are replaced where they stand.
const PLACES = String.raw`(?:label|title|children|placeholder|text|tooltip|description|name|emptyPlaceholder|"aria-label"|ariaLabel): ?|return |[?:=] |\|\| |children: \[|translate\(`;
const FORM_FILES = /node_modules\/@bpmn-io\/form-js-(?:editor|viewer)\/dist\/index\.es\.js$/;

function inForms(contents, words, unused) {
  return contents.replace(new RegExp(`(${PLACES})('(?:[^'\\\\\\n]|\\\\.)*'|"(?:[^"\\\\\\n]|\\\\.)*")`, 'g'), (whole, place, literal) => {
    const text = literal.slice(1, -1);
    if (!(text in words)) return whole;
    unused.delete(text);
    return place + JSON.stringify(words[text]);
  });
}

/** The esbuild plugin; `web` is this folder. */
export function chinesePlugin(web) {
  const words = JSON.parse(readFileSync(join(web, 'src/i18n/simulation.zh-CN.json'), 'utf8'));
  const formWords = JSON.parse(readFileSync(join(web, 'src/i18n/form-editor.zh-CN.json'), 'utf8'));
  return {
    name: 'chinese',
    setup(build) {
      const unused = new Set(Object.keys(words));
      const unusedInForms = new Set(Object.keys(formWords));
      const done = new Set();

      for (const { file, edits } of EDITS) {
        build.onLoad({ filter: new RegExp(`node_modules/${file.replace(/[.]/g, '\\.')}$`) }, ({ path }) => {
          let contents = readFileSync(path, 'utf8');
          for (const [ from, to ] of edits) {
            if (!contents.includes(from)) throw new Error(`${file} no longer has: ${from}`);
            contents = contents.replaceAll(from, to);
          }
          done.add(file);
          const translate = join(web, 'src/modeler/translate.js');
          return { contents: `import { translate as banshiTranslate } from ${JSON.stringify(translate)};\n${contents}`, loader: 'js' };
        });
      }

      // Token simulation builds its HTML out of literals.
      build.onLoad({ filter: /bpmn-js-token-simulation\/lib\/.*\.js$/ }, ({ path }) => {
        let contents = readFileSync(path, 'utf8');
        for (const [ english, chinese ] of Object.entries(words)) {
          const place = new RegExp(`(?<=['"\`>}])${english}(?=['"\`<$])|(?<=\n[ ]+)${english}(?=\r?\n)`, 'g');
          contents = contents.replace(place, () => { unused.delete(english); return chinese; });
        }
        return { contents, loader: 'js' };
      });

      build.onLoad({ filter: FORM_FILES }, ({ path }) => ({
        contents: inForms(readFileSync(path, 'utf8'), formWords, unusedInForms), loader: 'js'
      }));

      build.onEnd(({ errors }) => {
        if (errors.length) return;
        const left = [ ...unused, ...unusedInForms, ...EDITS.map(({ file }) => file).filter(file => !done.has(file)) ];
        if (left.length) throw new Error(`chinese.mjs: not found: ${left.join(', ')}`);
      });
    }
  };
}
