import { type PatternNode, readPattern } from './look-around-syntax.js';
import { PatternRefused } from './regexp-translation.js';

type Holds = (text: readonly string[], at: number) => boolean;
/** A step of a program: reads a character, goes both ways, or goes on where a condition holds. */
type Step =
  | { kind: 'read'; reads: (character: string) => boolean; next: number }
  | { kind: 'fork'; next: number; other: number }
  | { kind: 'pass'; look: number | Holds; next: number }
  | { kind: 'end' };

/** What to look for around a place before the places where it is can be told. */
interface Look {
  readonly program: Program;
  readonly negative: boolean;
}

/** Steps to run over a text, forwards or backwards, from anywhere. */
interface Program {
  readonly steps: readonly Step[];
  readonly start: number;
  readonly backwards: boolean;
}

const TOO_LARGE = 'too many repetitions beside a look-around';
const WORD = /^\w$/;
const ANCHORS: Readonly<Record<'^' | '$' | 'b' | 'B', Holds>> = {
  '^': (_text, at) => at === 0,
  $: (text, at) => at === text.length,
  b: isBoundary,
  B: (text, at) => !isBoundary(text, at),
};

/**
 * Compiles a valid pattern with look-ahead or look-behind, which the linear-time engine lacks, to a matcher whose work is bounded by the length of the
 * text times `size`: for each look-around, the inner ones first, the places where it holds are found in one run over the text (backwards for a
 * look-ahead), and the rest of the pattern only asks whether a place is one of them. Whole characters are matched, as with the flag `u`.
 * @param reader gives the test for one character or class, as written in the pattern
 * @param maxSize most steps that the programs may have together
 * @throws PatternRefused when it becomes too large, or has a backreference
 */
export function compileLookAround(
  pattern: string,
  reader: (source: string) => (character: string) => boolean,
  maxSize: number,
): { size: number; test: (text: string) => boolean } {
  const compiler = new Compiler(reader, maxSize);
  const whole = compiler.program(readPattern(pattern), false);
  return {
    size: compiler.size,
    test: (text) => {
      const characters = Array.from(text);
      const places: Uint8Array[] = [];
      for (const { program, negative } of compiler.looks) {
        const found = run(program, characters, places);
        places.push(negative ? found.map((here) => 1 - here) : found);
      }
      return run(whole, characters, places).includes(1);
    },
  };
}

class Compiler {
  readonly looks: Look[] = [];
  size = 0;
  private visits = 0;
  private steps: Step[] = [];
  private backwards = false;

  constructor(
    private readonly reader: (source: string) => (character: string) => boolean,
    private readonly maxSize: number,
  ) {}

  program(node: PatternNode, backwards: boolean): Program {
    const [outer, direction] = [this.steps, this.backwards];
    const steps: Step[] = [];
    [this.steps, this.backwards] = [steps, backwards];
    const start = this.node(node, this.step({ kind: 'end' }));
    [this.steps, this.backwards] = [outer, direction];
    return { steps, start, backwards };
  }

  /** Adds the steps for a node in front of those at `next`; gives where they begin. */
  private node(node: PatternNode, next: number): number {
    // Parts that come to nothing may be repeated too.
    this.visits += 1;
    if (this.visits > 10 * this.maxSize) throw new PatternRefused(TOO_LARGE);
    switch (node.kind) {
      case 'character':
        return this.step({ kind: 'read', reads: this.reader(node.source), next });
      case 'sequence': {
        const parts = this.backwards ? node.parts : node.parts.toReversed();
        return parts.reduce((after, part) => this.node(part, after), next);
      }
      case 'choice':
        return node.parts
          .map((part) => this.node(part, next))
          .reduceRight((other, first) => this.step({ kind: 'fork', next: first, other }));
      case 'repeat':
        return this.repeat(node, next);
      case 'look': {
        const program = this.program(node.part, !node.behind);
        this.looks.push({ program, negative: node.negative });
        return this.step({ kind: 'pass', look: this.looks.length - 1, next });
      }
      case 'anchor':
        return this.step({ kind: 'pass', look: ANCHORS[node.sign], next });
    }
  }

  private repeat({ part, min, max }: Extract<PatternNode, { kind: 'repeat' }>, next: number): number {
    let start = next;
    if (max === Infinity) {
      const fork = { kind: 'fork' as const, next, other: next };
      start = this.step(fork);
      fork.next = this.node(part, start);
    } else {
      for (let count = min; count < max; count += 1) start = this.step({ kind: 'fork', next: this.node(part, start), other: next });
    }
    for (let count = 0; count < min; count += 1) start = this.node(part, start);
    return start;
  }

  private step(step: Step): number {
    this.size += 1;
    if (this.size > this.maxSize) throw new PatternRefused(TOO_LARGE);
    return this.steps.push(step) - 1;
  }
}

/** The places where a run that began anywhere can end. */
function run({ steps, start, backwards }: Program, text: readonly string[], places: readonly Uint8Array[]): Uint8Array {
  const ends = new Uint8Array(text.length + 1);
  const reached = new Int32Array(steps.length).fill(-1);
  let active: number[] = [];
  for (let count = 0; count <= text.length; count += 1) {
    const at = backwards ? text.length - count : count;
    const waiting = [...active, start];
    active = [];
    const character = text[backwards ? at - 1 : at];
    for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
      if (reached[index] === count) continue;
      reached[index] = count;
      const step = steps[index];
      if (step?.kind === 'end') ends[at] = 1;
      else if (step?.kind === 'fork') waiting.push(step.next, step.other);
      else if (step?.kind === 'pass') {
        if (typeof step.look === 'number' ? places[step.look]?.[at] === 1 : step.look(text, at)) waiting.push(step.next);
      } else if (step && character !== undefined && step.reads(character)) active.push(step.next);
    }
  }
  return ends;
}

function isBoundary(text: readonly string[], at: number): boolean {
  return WORD.test(text[at - 1] ?? '') !== WORD.test(text[at] ?? '');
}
