import { EACH, placeText } from '../semantic/place.js';
import type { SemanticSteps } from '../semantic/semantic-steps.js';
import type { AdaptationLoss, AdaptationStep, FormSchema, ValueForm } from './adaptation-plan.js';
import { Outline } from './outline.js';
import type { GivenValue, MatchedPair } from './property-matcher.js';
import type { ValueChange } from './value-changes.js';
import type { ValuePlace } from './value-places.js';

/** What was found out about two forms. */
export interface MatchedForms {
  readonly source: ValuePlace;
  readonly target: ValuePlace;
  /** All places of the source. */
  readonly places: readonly ValuePlace[];
  readonly pairs: readonly MatchedPair[];
  readonly given: readonly GivenValue[];
  readonly changes: readonly ValueChange[];
}

/** Which list of its parameters an entry of a step goes into. */
const LISTS = {
  cast: 'casts',
  unit: 'conversions',
  codes: 'crosswalks',
  identifier: 'mappings',
  crs: 'conversions',
  time: 'conversions',
} as const;

/** The semantic steps of one flow as they are put together, with the losses in places of the sender's value. */
export class FlowDraft {
  readonly steps: AdaptationStep[] = [];
  readonly losses: AdaptationLoss[] = [];
  private origins: readonly { readonly from: string; readonly to: string }[] = [];
  private outline: Outline | undefined;

  constructor(
    private readonly known: SemanticSteps,
    private readonly forms: { readonly source: ValueForm },
  ) {}

  /** What the value looks like so far, as far as it is known. */
  get schema(): FormSchema | undefined {
    return this.outline?.schema ?? this.forms.source.schema;
  }

  /** Adds the steps that two matched forms need, in their order. */
  matched(forms: MatchedForms): void {
    const { pairs, changes } = forms;
    this.entries(forms, 'source');
    this.move(forms);
    this.outline = Outline.of(pairs);
    const confidences = new Map(pairs.map((pair) => [placeText(pair.target.place), pair.confidence]));
    const ofStep = (step: ValueChange['step'], phase?: ValueChange['phase']): ValueChange[] =>
      changes.filter((change) => change.step === step && (step !== 'cast' || change.phase === phase));
    for (const [step, phase] of [['cast', 'before'], ['time'], ['unit'], ['codes'], ['identifier'], ['crs'], ['cast', 'after']] as const) {
      const entries = ofStep(step, phase).map(({ entry }) => entry);
      if (entries.length === 0) continue;
      const at = entries.map((entry) => entry.at);
      this.outline.change(at, pairs);
      this.add(step, { [LISTS[step]]: entries }, at, at, Math.min(...at.map((each) => confidences.get(each) ?? 1)));
    }
    this.give(forms.given);
    this.entries(forms, 'target');
  }

  /** Adds one step, completed and with its losses. */
  add(
    name: string,
    parameters: object,
    inputs?: readonly string[],
    outputs?: readonly string[],
    confidence?: number,
    more: readonly AdaptationLoss[] = [],
  ): void {
    const step = this.known.find(name);
    const read = step?.read(parameters) ?? (parameters as Readonly<Record<string, unknown>>);
    const losses = [...(step?.losses(read) ?? []), ...more];
    const count = this.steps.filter((each) => each.name === name).length;
    const schema = this.outline?.schema;
    this.steps.push({
      id: count === 0 ? name : `${name}-${count + 1}`,
      name,
      parameters: read,
      ...(inputs === undefined ? {} : { inputs }),
      ...(outputs === undefined ? {} : { outputs }),
      ...(schema === undefined ? {} : { schema }),
      ...(losses.length === 0 ? {} : { losses }),
      ...(confidence === undefined ? {} : { confidence }),
    });
    this.losses.push(...losses.map((loss) => (name === 'move' ? loss : this.atSource(loss))));
  }

  /** The loss with the place that it has in the sender's value. */
  atSource(loss: AdaptationLoss): AdaptationLoss {
    const { pointer } = loss;
    if (pointer === undefined) return loss;
    const origin = this.origins.find(({ to }) => pointer === to || pointer.startsWith(`${to}/`));
    return origin === undefined ? loss : { ...loss, pointer: origin.from + pointer.slice(origin.to.length) };
  }

  /** What has no counterpart is taken out where the receiver could mistake it or does not take more than it names. */
  private move({ source, target, places, pairs }: MatchedForms): void {
    const moves = pairs.map((pair) => ({
      from: placeText(pair.source.place),
      to: placeText(pair.target.place),
      confidence: pair.confidence,
      by: pair.by,
    }));
    const dropped = uncovered(places, pairs);
    const names = new Set(target.node.properties.keys());
    const isMistakable = dropped.some((pointer) => names.has(pointer.slice(1).split('/')[0] ?? ''));
    const isClosed = !target.node.isOpen && (source.node.isOpen || dropped.length > 0);
    if (!isMistakable && !isClosed && moves.every(({ from, to }) => from === to)) return;
    this.origins = moves;
    const outline = Outline.of(pairs);
    this.outline = outline;
    this.add('move', { moves, dropped }, moves.map(({ from }) => from), moves.map(({ to }) => to), Math.min(1, ...moves.map(({ confidence }) => confidence)), meantNearly(pairs)); // prettier-ignore
  }

  private give(given: readonly GivenValue[]): void {
    if (given.length === 0) return;
    const values = given.map(({ at, value, always }) => ({ at: placeText(at), value, always }));
    this.outline?.give(given);
    this.add('default', { values }, [], values.map(({ at }) => at)); // prettier-ignore
  }

  /** Lists of keys and values are objects in between, wherever something in them was matched. */
  private entries({ pairs, source, places, target }: MatchedForms, side: 'source' | 'target'): void {
    const inner = pairs.map((pair) => placeText(pair[side].place));
    const holders = side === 'source' ? [source, ...places] : holdersOf(target, pairs);
    const changes = holders.flatMap(({ place, node }) => {
      const { entries } = node.says;
      const at = placeText(place);
      if (entries === undefined || !inner.some((pointer) => pointer.startsWith(`${at}/`))) return [];
      return [{ at, to: side === 'source' ? 'object' : 'array', key: entries.key, value: entries.value }];
    });
    if (changes.length > 0) this.add('entries', { changes }, changes.map(({ at }) => at), changes.map(({ at }) => at)); // prettier-ignore
  }
}

/** Places of the receiver's value that hold what was matched. */
function holdersOf(target: ValuePlace, pairs: readonly MatchedPair[]): ValuePlace[] {
  return [target, ...pairs.flatMap(({ holders }) => holders ?? [])].filter(
    (each, index, all) => all.findIndex((other) => placeText(other.place) === placeText(each.place)) === index,
  );
}

/** The outermost places of the source that go nowhere. */
function uncovered(places: readonly ValuePlace[], pairs: readonly MatchedPair[]): string[] {
  const used = pairs.map(({ source }) => placeText(source.place));
  const gone: string[] = [];
  for (const pointer of places.map(({ place }) => placeText(place)).sort()) {
    const isUsed = used.some((each) => each === pointer || each.startsWith(`${pointer}/`) || pointer.startsWith(`${each}/`) || each === '');
    if (!isUsed && !gone.some((each) => pointer.startsWith(`${each}/`)) && !pointer.includes(`/${EACH}`)) gone.push(pointer);
  }
  return gone;
}

/** What is taken for something that it only nearly is. */
function meantNearly(pairs: readonly MatchedPair[]): AdaptationLoss[] {
  const words = { narrower: 'is a special case of what is wanted', closeMatch: 'means nearly what is wanted', name: 'has the wanted name, and nothing else says that it means it' }; // prettier-ignore
  return pairs.flatMap(({ source, target, by }) => {
    if (by !== 'narrower' && by !== 'closeMatch' && by !== 'name') return [];
    const pointer = placeText(source.place);
    return [{ kind: 'meaning', pointer, detail: `${pointer || 'The value'} ${words[by]} at ${placeText(target.place) || 'the whole'}.` }];
  });
}
