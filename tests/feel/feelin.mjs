// Evaluates FEEL expressions with feelin: one JSON request a line, one JSON answer a line.
// Request: {"expression": text, "context": {…}}. Answer: {"value": tagged} or {"error": message}.
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(pathToFileURL(process.argv[2] + '/'));
const { evaluate } = await import(pathToFileURL(require.resolve('@bpmn-io/feelin')));

const temporal = value => value?.isLuxonDateTime || value?.isLuxonDuration;

/** A value as JSON, with what JSON has no type for tagged. */
function tagged(value) {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return Number.isFinite(value) ? { number: value } : { number: String(value) };
  if (typeof value === 'function') return { function: true };
  if (typeof value !== 'object') return value;
  if (temporal(value)) return { temporal: evaluate('string(x)', { x: value }).value };
  if (Array.isArray(value)) return value.map(tagged);
  if ('start included' in value) {
    return { range: [ value['start included'], tagged(value.start), tagged(value.end), value['end included'] ] };
  }
  if (value.constructor?.name === 'FunctionWrapper') return { function: true };
  return { context: Object.entries(value).map(([ key, item ]) => [ key, tagged(item) ]) };
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    const { expression, context } = JSON.parse(line);
    answer = { value: tagged(evaluate(expression, context).value) };
  } catch (error) {
    answer = { error: String(error?.message ?? error) };
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
