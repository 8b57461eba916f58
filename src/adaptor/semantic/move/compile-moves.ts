import { EACH, type Place, placeText } from '../place.js';
import { type RunStep, StepError } from '../semantic-step.js';

interface PlacedMove {
  readonly from: Place;
  readonly to: Place;
}

type Members = Record<string, unknown>;
type Reader = (value: unknown) => unknown;
type Writer = (outcome: Members, value: unknown) => void;

interface CompiledMove {
  readonly read: Reader;
  readonly write: Writer;
}

/** One function for all moves: members by direct access, elements of an array by a function of their own. */
export function compileMoves(moves: readonly PlacedMove[]): RunStep {
  const whole = moves.find(({ to }) => to.length === 0);
  if (whole !== undefined) {
    const read = readerOf(whole.from);
    return (value) => read(value) ?? null;
  }
  const root = arraysOf(moves).find(({ to }) => to.length === 0);
  if (root !== undefined) return (value) => root.read(value) ?? null;
  const compiled = compile(moves);
  return (value) => {
    const outcome: Members = {};
    for (const { read, write } of compiled) {
      const found = read(value);
      if (found !== undefined) write(outcome, found);
    }
    return outcome;
  };
}

function compile(moves: readonly PlacedMove[]): CompiledMove[] {
  const direct = moves.filter(({ from }) => !from.includes(EACH)).map(({ from, to }) => ({ read: readerOf(from), write: writerOf(to) }));
  return [...direct, ...arraysOf(moves).map(({ read, to }) => ({ read, write: writerOf(to) }))];
}

/** Moves through the same pair of arrays are made element by element, so that what belongs together stays together. */
function arraysOf(moves: readonly PlacedMove[]): { readonly read: Reader; readonly to: Place }[] {
  const groups = new Map<string, { from: Place; to: Place; within: PlacedMove[] }>();
  for (const { from, to } of moves) {
    const [source, target] = [from.indexOf(EACH), to.indexOf(EACH)];
    if (source < 0 || target < 0) continue;
    const group = { from: from.slice(0, source), to: to.slice(0, target), within: [] as PlacedMove[] };
    const key = `${placeText(group.from)} ${placeText(group.to)}`;
    const known = groups.get(key) ?? group;
    known.within.push({ from: from.slice(source + 1), to: to.slice(target + 1) });
    groups.set(key, known);
  }
  return [...groups.values()].map(({ from, to, within }) => {
    const [read, run] = [readerOf(from), compileMoves(within)];
    return {
      to,
      read: (value: unknown): unknown => {
        const list = read(value);
        if (list === undefined || list === null) return list;
        if (!Array.isArray(list)) throw new StepError('is not an array', placeText(from));
        return list.map((element) => (element === null ? null : run(element)));
      },
    };
  });
}

/** Names that every object inherits are only what the value has of its own. */
const isInherited = (name: string): boolean => name in Object.prototype;

function readerOf(place: Place): Reader {
  const [only] = place;
  if (place.length === 1 && only !== undefined && !isInherited(only)) {
    return (value) => (typeof value === 'object' && value !== null ? (value as Members)[only] : undefined);
  }
  return (value) => {
    let found = value;
    for (const token of place) {
      if (typeof found !== 'object' || found === null || !Object.hasOwn(found, token)) return undefined;
      found = (found as Members)[token];
    }
    return found;
  };
}

function writerOf(place: Place): Writer {
  const last = place.at(-1) ?? '';
  const above = place.slice(0, -1);
  if (above.length === 0) {
    return (outcome, value) => {
      outcome[last] = value;
    };
  }
  return (outcome, value) => {
    let holder = outcome;
    for (const token of above) {
      if (!Object.hasOwn(holder, token)) holder[token] = {};
      holder = holder[token] as Members;
    }
    holder[last] = value;
  };
}
