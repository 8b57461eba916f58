const MARKS = { create: '+', change: '~', nothing: ' ', remove: '-', keep: '=', refused: '!' };
const MAX_PLACES = 10;

/** Text from files and the broker goes to a terminal: no control characters. */
function plain(value) {
  return String(value).replace(/[\p{Cc}\p{Cf}]/gu, '\uFFFD');
}

function sourceOf(pointer, sources) {
  const index = /^\/twins\/(\d+)/.exec(pointer ?? '')?.[1];
  return index === undefined ? '' : (sources[Number(index)] ?? '');
}

function placesOf({ differences = [], differenceCount = 0, adoptedFrom }) {
  const signs = { added: '+', removed: '-', changed: '~' };
  const lines = differences.slice(0, MAX_PLACES).map(({ pointer, change }) => `${signs[change]} ${pointer}`);
  if (differenceCount > lines.length) lines.push(`… and ${differenceCount - lines.length} more`);
  if (adoptedFrom !== undefined)
    lines.unshift(adoptedFrom.set === undefined ? 'adopted: was registered by hand' : `adopted from ${adoptedFrom.set}`);
  return lines;
}

function problemLines(problem) {
  const places = problem.errors ?? [];
  if (places.length === 0) return [problem.detail ?? problem.title];
  return places.map(({ pointer, detail }) => `${pointer.replace(/^\/twins\/\d+/, '') || '(whole profile)'} ${detail}`);
}

/** The plan as lines: a mark, what is done, the twin and its file; beneath, what differs. What stays as it is is only counted. */
export function planTable(plan, sources) {
  const shown = plan.items.filter(({ action, adoptedFrom }) => action !== 'nothing' || adoptedFrom !== undefined);
  const width = Math.max(0, ...shown.map(({ id = '(no id)' }) => id.length));
  const lines = shown.flatMap((item) => {
    const head = `${MARKS[item.action]} ${item.action.padEnd(8)} ${(item.id ?? '(no id)').padEnd(width)}  ${sourceOf(item.pointer, sources)}`;
    const beneath = item.problem === undefined ? placesOf(item) : problemLines(item.problem);
    return [head, ...beneath.map((line) => `             ${line}`)].map((line) => plain(line).trimEnd());
  });
  const { create, change, nothing, remove, keep, refused } = plan.counts;
  const sums = `${create} to create, ${change} to change, ${remove} to remove, ${nothing} unchanged, ${keep} kept, ${refused} refused`;
  const done = plan.applied ? 'Applied' : 'Dry run: nothing was changed';
  return [...lines, ...(lines.length > 0 ? [''] : []), `Set ${plain(plan.set)}: ${sums}.`, `${done}. Plan ${plan.plan}`].join('\n');
}

/** A refusal as lines: why, and for each twin its file and its places. */
export function refusalLines(problem, sources) {
  const twins = (problem.refused ?? []).flatMap(({ id, pointer, problem: own = {} }) => [
    `! ${id ?? '(no id)'}  ${sourceOf(pointer, sources)}`.trimEnd(),
    ...problemLines(own).map((line) => `    ${line}`),
  ]);
  const places = problem.refused === undefined ? (problem.errors ?? []).map(({ pointer, detail }) => `    ${pointer} ${detail}`) : [];
  return [`Refused: ${problem.detail ?? problem.title}`, ...places, ...twins, 'Nothing was changed.'].map(plain);
}
