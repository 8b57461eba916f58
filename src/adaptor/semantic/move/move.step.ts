import type { AdaptationLoss } from '../../plan/adaptation-plan.js';
import { ParameterReader, type Parameters } from '../parameters.js';
import { EACH, placeOf } from '../place.js';
import type { RunStep, SemanticStep } from '../semantic-step.js';
import { compileMoves } from './compile-moves.js';

/** One member that goes to another place. */
export interface Move {
  readonly from: string;
  readonly to: string;
  /** How sure it is that both mean the same; informs. */
  readonly confidence?: number;
  /** How that was found; informs. */
  readonly by?: string;
}

const MEMBERS = ['from', 'to', 'confidence', 'by'];

/**
 * Builds the value anew of what is moved: `{moves: [{from: '/address/street', to: '/street'}], dropped: ['/internal']}`. Renames, flattens and nests; `*`
 * stands for each element of an array on both sides. What no move names is not in the outcome; `dropped` says what of it is known.
 */
export class MoveStep implements SemanticStep {
  readonly name = 'move';

  read(parameters: unknown): Parameters {
    const reader = new ParameterReader(this.name);
    const given = reader.object(parameters, ['moves', 'dropped']);
    const moves = reader.list<Move>(given, 'moves', MEMBERS, (entry, pointer) => {
      const move = { from: reader.place(entry, 'from', pointer), to: reader.place(entry, 'to', pointer) };
      if (elementsOf(move.from) !== elementsOf(move.to)) reader.refuse(pointer, 'must have as many * on both sides');
      const { confidence, by } = entry;
      if (confidence !== undefined && (typeof confidence !== 'number' || confidence < 0 || confidence > 1)) {
        reader.refuse(`${pointer}/confidence`, 'must be a number from 0 to 1');
      }
      if (by !== undefined && typeof by !== 'string') reader.refuse(`${pointer}/by`, 'must be a text');
      return { ...move, ...(typeof confidence === 'number' ? { confidence } : {}), ...(typeof by === 'string' ? { by } : {}) };
    });
    refuseOverlaps(moves, reader);
    const dropped = reader.places(given, 'dropped');
    return reader.done({ moves, ...(dropped.length > 0 ? { dropped } : {}) });
  }

  compile(parameters: Parameters): RunStep {
    return compileMoves(movesOf(parameters).map(({ from, to }) => ({ from: placeOf(from), to: placeOf(to) })));
  }

  /** What was moved to several places comes back from the first. */
  inverse(parameters: Parameters): { name: string; parameters: Parameters } {
    const moves: { from: string; to: string }[] = [];
    for (const { from, to } of movesOf(parameters)) {
      if (!moves.some(({ to: taken }) => overlap(taken, from))) moves.push({ from: to, to: from });
    }
    return { name: this.name, parameters: { moves } };
  }

  losses(parameters: Parameters): readonly AdaptationLoss[] {
    const dropped = (parameters.dropped ?? []) as readonly string[];
    return [
      ...dropped.map((pointer) => ({
        kind: 'property-dropped',
        pointer,
        detail: `${pointer || 'The value'} has no place in the outcome.`,
      })),
      { kind: 'unnamed-dropped', detail: 'Whatever the sender’s schema does not name is left out.' },
    ];
  }
}

function movesOf({ moves }: Parameters): readonly Move[] {
  return moves as readonly Move[];
}

function elementsOf(place: string): number {
  return placeOf(place).filter((token) => token === EACH).length;
}

function overlap(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other}/`) || other.startsWith(`${one}/`);
}

/** Two moves to one place, or to a place within the other, would depend on their order. Sorted, a place stands right before those within it. */
function refuseOverlaps(moves: readonly Move[], reader: ParameterReader): void {
  const targets = moves
    .map(({ to }, index) => ({ key: `${to}/`, index }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.index - b.index));
  for (const [place, { key, index }] of targets.entries()) {
    const before = targets[place - 1];
    if (before !== undefined && key.startsWith(before.key))
      reader.refuse(`/moves/${index}/to`, 'is the place of another move, or within it');
  }
}
