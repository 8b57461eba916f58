import type { Exchange } from '../client/twin-client.js';
import { termName } from '../twins/terms.js';
import type { Domain, FoundTerm, PlannedFlow } from '../twins/twin-state.js';

/** Colours of the twins on a terminal (ANSI). */
const COLOURS: Readonly<Record<Domain, number>> = { fire: 31, traffic: 33, energy: 35, building: 36, air: 32 };
const FAILED = 31;
const DIM = 2;
const NAME_WIDTH = 8;
const WHAT_WIDTH = 36;
const SUCCESSES = new Set(['OK', 'CREATED', 'ACCEPTED', 'NO_CONTENT', 'received']);
/** Of streams that repeat, the first value is shown and the rest are counted; every one of these is shown. */
const ALWAYS_SHOWN = new Set(['airAlert']);

/** Writes who said what to whom, in aligned columns. */
export class Timeline {
  private readonly counts = new Map<string, number>();
  private start = Date.now();

  constructor(
    private readonly write: (line: string) => void,
    private readonly inColour: boolean,
  ) {}

  /** From here the time is counted. */
  begin(): void {
    this.start = Date.now();
    this.write(
      this.paint(
        `   time  ${'from'.padEnd(NAME_WIDTH)}   ${'to'.padEnd(NAME_WIDTH)}  ${'action object'.padEnd(WHAT_WIDTH)}  latency  outcome`,
        DIM,
      ),
    );
  }

  /** One exchange; `at` is when it was over, in epoch milliseconds. */
  exchange({ from, to, action, object, latencyMs, outcome }: Exchange, at: number): void {
    const [sender, receiver] = [nameOf(from), nameOf(to)];
    if (action === 'NOTIFY') {
      const stream = `${sender} → ${receiver} ${object.id ?? ''}`;
      const count = (this.counts.get(stream) ?? 0) + 1;
      this.counts.set(stream, count);
      if (count > 1 && !ALWAYS_SHOWN.has(object.id ?? '')) return;
    }
    const name = object.id === undefined || object.id.includes(':') ? '' : ` ${object.id}`;
    const what = `${action} ${object.type}${name}`.padEnd(WHAT_WIDTH);
    const latency = (latencyMs === undefined ? '–' : `${latencyMs.toFixed(0)} ms`).padStart(7);
    const result = SUCCESSES.has(outcome) ? outcome : this.paint(outcome, FAILED);
    this.write(`${this.time(at)}  ${this.name(sender)} → ${this.name(receiver)}  ${what}  ${latency}  ${result}`);
  }

  /** A feature that was found by what it means, under another term than it was asked for by. */
  found(seeker: Domain, { twin, name, asked, has }: FoundTerm): void {
    if (asked.term === has.term) return;
    this.note(
      `≈ ${seeker} asked for ${termName(asked.term)} in ${asked.unit}: the ${nameOf(twin)} twin has it as ${termName(has.term)} in ${has.unit}, called ${name}`,
    );
  }

  /** What the broker's plan makes of a payload on its way. */
  planned({ from, to, feature, purpose, formats, units, steps }: PlannedFlow): void {
    const [before, after] = [0, 1].map((side) => `${formatName(formats[side] ?? '')}${units === undefined ? '' : ` ${units[side] ?? ''}`}`);
    const what = { data: '', input: ' (its parameters)', output: ' (its result)' }[purpose];
    const how = steps.length === 0 ? 'untouched' : `${steps.length} ${steps.length === 1 ? 'step' : 'steps'}: ${steps.join(', ')}`;
    this.note(`⇄ ${nameOf(from)} → ${nameOf(to)} ${feature}${what}: ${before ?? ''} → ${after ?? ''}, ${how}`);
  }

  /** Something the director saw for itself. */
  note(text: string, isFailure = false): void {
    const line = `${this.time(Date.now())}  ${text}`;
    this.write(isFailure ? this.paint(line, FAILED) : line);
  }

  /** How many values each stream carried. */
  summary(): string[] {
    return [...this.counts].filter(([, count]) => count > 1).map(([stream, count]) => `${stream}: ${count} values`);
  }

  private time(at: number): string {
    return `${((at - this.start) / 1_000).toFixed(2).padStart(6)}s`;
  }

  private name(name: string): string {
    const colour = COLOURS[name as Domain] as number | undefined;
    return colour === undefined ? name.padEnd(NAME_WIDTH) : this.paint(name.padEnd(NAME_WIDTH), colour);
  }

  private paint(text: string, code: number): string {
    return this.inColour ? `\u001b[${code}m${text}\u001b[0m` : text;
  }
}

const FORMAT_NAMES: Readonly<Record<string, string>> = { json: 'JSON', 'ngsi-ld': 'NGSI-LD', csv: 'CSV', cbor: 'CBOR' };

/** A format as people write it. */
export function formatName(format: string): string {
  return FORMAT_NAMES[format] ?? format;
}

/** `urn:example:demo-1f2e-traffic` is traffic, `urn:twinfed:registry` the registry. */
function nameOf(id: string): string {
  return id.split(/[:-]/).at(-1) ?? id;
}
