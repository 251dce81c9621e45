// Bundles the browser sources into api/static/dist/ with hashed file names, a manifest and the
// licences of everything that went in. Run by build.py; takes no arguments.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { chinesePlugin } from './chinese.mjs';
import { validateTemplates } from './templates.mjs';

const WEB = dirname(fileURLToPath(import.meta.url));
const OUT = resolve(WEB, '../api/static/dist');
const BUNDLES = [ 'app', 'viewer', 'modeler', 'dmn', 'formeditor' ];

// Templates are ours and checked here, so the browser needs no schema validator (617 kB).
const trustTemplates = {
  name: 'trust-templates',
  setup(b) {
    b.onResolve({ filter: /^@bpmn-io\/element-templates-validator$/ }, () => ({
      path: join(WEB, 'src/modeler/trusted-templates.js')
    }));
  }
};

validateTemplates(WEB);
rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });

const result = await build({
  absWorkingDir: WEB,
  entryPoints: Object.fromEntries(BUNDLES.map(name => [ name, `src/${name}/index.js` ])),
  outdir: OUT,
  bundle: true,
  splitting: true,
  format: 'esm',
  target: [ 'chrome97', 'edge97', 'firefox102', 'safari15.4' ],
  minify: true,
  charset: 'utf8',
  legalComments: 'linked',
  metafile: true,
  entryNames: '[name]-[hash]',
  chunkNames: 'chunk-[hash]',
  assetNames: '[name]-[hash]',
  loader: {
    '.woff2': 'file', '.woff': 'empty', '.ttf': 'empty', '.eot': 'empty', '.svg': 'dataurl',
    '.json': 'json', '.bpmn': 'text', '.dmn': 'text'
  },
  define: { 'process.env.NODE_ENV': '"production"' },
  plugins: [ trustTemplates, chinesePlugin(WEB) ],
  logLevel: 'warning'
});

const manifest = {};
const preload = {};
for (const [ path, output ] of Object.entries(result.metafile.outputs)) {
  if (!output.entryPoint || !output.entryPoint.endsWith('/index.js')) continue;
  const name = output.entryPoint.split('/').at(-2);
  manifest[`${name}.js`] = basename(path);
  if (output.cssBundle) manifest[`${name}.css`] = basename(output.cssBundle);
  preload[`${name}.js`] = staticImports(path);
}

function staticImports(path, seen = new Set()) {
  for (const { path: next, kind } of result.metafile.outputs[path].imports) {
    if (kind === 'import-statement' && !seen.has(next)) {
      seen.add(next);
      staticImports(next, seen);
    }
  }
  return [ ...seen ].map(p => basename(p)).sort();
}

// One sprite of the icons in use: <use href=".../icons-HASH.svg#name">.
const iconNames = JSON.parse(readFileSync(join(WEB, 'src/icons.json'), 'utf8'));
const symbols = iconNames.map(name => {
  const [ style, file ] = name.endsWith('-filled') ? [ 'filled', name.slice(0, -7) ] : [ 'outline', name ];
  const svg = readFileSync(join(WEB, `node_modules/@tabler/icons/icons/${style}/${file}.svg`), 'utf8');
  const body = svg.slice(svg.indexOf('>', svg.indexOf('<svg')) + 1, svg.lastIndexOf('</svg>'));
  const paint = style === 'filled'
    ? 'fill="currentColor"'
    : 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"';
  return `<symbol id="${name}" viewBox="0 0 24 24" ${paint}>${body.replace(/\s*\n\s*/g, '')}</symbol>`;
});
manifest['icons.svg'] = emit('icons', 'svg', `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('')}</svg>\n`);

manifest['licenses.txt'] = emit('licenses', 'txt', licences());
writeFileSync(join(OUT, 'manifest.json'), JSON.stringify({ files: sorted(manifest), preload: sorted(preload) }, null, 2) + '\n');

function emit(name, ext, text) {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 8).toUpperCase();
  const file = `${name}-${hash}.${ext}`;
  writeFileSync(join(OUT, file), text);
  return file;
}

function sorted(object) {
  return Object.fromEntries(Object.entries(object).sort(([ a ], [ b ]) => (a < b ? -1 : 1)));
}

// Legal comments alone miss the many libraries that state their licence only in a file.
function licences() {
  const packages = new Map([ [ '@tabler/icons', join(WEB, 'node_modules/@tabler/icons') ] ]);
  for (const input of Object.keys(result.metafile.inputs)) {
    const match = input.match(/^(.*node_modules\/((?:@[^/]+\/)?[^/]+))\//);
    if (match) packages.set(relative('node_modules', match[1]), join(WEB, match[1]));
  }
  const parts = [];
  for (const [ , folder ] of [ ...packages ].sort(([ a ], [ b ]) => (a < b ? -1 : 1))) {
    const info = nearestPackage(folder);
    const file = readdirSync(info.folder).find(f => /^(licen[cs]e|copying)/i.test(f));
    const text = file ? readFileSync(join(info.folder, file), 'utf8').trim() : `License: ${info.license ?? 'see the package'}`;
    parts.push(`${info.name} ${info.version}\n\n${text}\n`);
  }
  return [ ...new Set(parts) ].join(`\n${'-'.repeat(80)}\n\n`);
}

function nearestPackage(folder) {
  const file = join(folder, 'package.json');
  if (existsSync(file)) {
    const { name, version, license } = JSON.parse(readFileSync(file, 'utf8'));
    if (version) return { name, version, license, folder };
  }
  return nearestPackage(dirname(folder));
}
