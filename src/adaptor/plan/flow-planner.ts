import { DomainError } from '../../problems/domain-error.js';
import type { PayloadFormats } from '../format/payload-formats.js';
import { EACH, placeText } from '../semantic/place.js';
import type { SemanticSteps } from '../semantic/semantic-steps.js';
import type { AdaptationFlow, ValueForm } from './adaptation-plan.js';
import { FlowDraft } from './flow-draft.js';
import { formSteps } from './form-steps.js';
import type { Meanings } from './meanings.js';
import type { FlowReference, PlanTerms } from './plan-terms.js';
import { type MatchedBy, type MatchedPair, type Matching, PropertyMatcher, type SaidMatch } from './property-matcher.js';
import { isStructured } from './schema-reader.js';
import type { SchemaReaders } from './schema-readers.js';
import { refusalOf, type Unbridged } from './unbridged.js';
import { type ChangeOutcome, type ValueChange, ValueChanges } from './value-changes.js';
import { FormPlaces, type UnitPlace, type ValuePlace } from './value-places.js';

/** One payload's way: from whom, in which form, to whom, in which form. */
export interface FlowOrder extends Pick<AdaptationFlow, 'purpose' | 'from' | 'to'>, FlowReference {
  readonly source: ValueForm;
  readonly target: ValueForm;
  /** How sure it is that what is offered is what is needed. */
  readonly confidence: number;
  readonly by: MatchedBy;
}

/** Where the units of the two forms as a whole apply; undefined: they have none. */
interface UnitPlaces {
  readonly source: UnitPlace | undefined;
  readonly target: UnitPlace | undefined;
}

/** Plans single flows: what has to become of a value, step by step. */
export class FlowPlanner {
  private readonly changes: ValueChanges;
  private readonly used = new Set<SaidMatch>();

  constructor(
    private readonly meanings: Meanings,
    private readonly terms: PlanTerms,
    private readonly steps: SemanticSteps,
    private readonly formats: PayloadFormats,
    private readonly readers: SchemaReaders,
  ) {
    this.changes = new ValueChanges(meanings, terms);
  }

  /** @throws DomainError `adaptation-unsupported`, `semantic-unresolved` */
  async plan(order: FlowOrder): Promise<AdaptationFlow> {
    const draft = new FlowDraft(this.steps, order);
    const script = this.terms.scripts?.findIndex((each) => isOf(each, order)) ?? -1;
    if (script >= 0) this.addScript(draft, script);
    else await this.match(order, draft);
    const { purpose, from, to, source, target } = order;
    return { purpose, from, to, ...formSteps(this.formats, source, target, draft, order, this.readers), target: withoutUndefined(target) };
  }

  /** @throws DomainError `validation-failed` for the first answer that nothing asked for */
  refuseUnused(): void {
    const index = this.terms.matches?.findIndex((each) => !this.used.has(each)) ?? -1;
    if (index < 0) return;
    const pointer = `/matches/${index}/to`;
    const detail = 'is no place that is looked for in this flow: the receiver has no such place, or takes what lies around it as it is';
    throw new DomainError('validation-failed', `${pointer} ${detail}.`, { pointer, errors: [{ pointer, detail }] });
  }

  private addScript(draft: FlowDraft, index: number): void {
    try {
      draft.add('script', { expression: this.terms.scripts?.[index]?.expression });
    } catch (error) {
      throw error instanceof DomainError ? error.beneath(`/scripts/${index}`) : error;
    }
  }

  private async match(order: FlowOrder, draft: FlowDraft): Promise<void> {
    const { source: offered, target: wanted, feature } = order;
    const source = new FormPlaces(this.readers.of(offered.schema), this.meanings, offered, feature);
    // Without a schema of its own the receiver takes the value as it is shaped, in its own unit.
    const isShaped = wanted.schema !== undefined && wanted.schema !== true;
    const shape = isShaped ? wanted.schema : offered.schema;
    const target = new FormPlaces(this.readers.of(shape), this.meanings, { ...wanted, schema: shape }, feature);
    if (isOpenShape(wanted) && wanted.unit === undefined) return;
    const matches = (this.terms.matches ?? []).filter((each) => isOf(each, order));
    const said = { matches, isStrict: this.terms.isGivenNow === true, used: this.used };
    const matching = await this.matchWhole(new PropertyMatcher(this.meanings, source, target, said), source, target, order);
    if (matching.unbridged.length > 0) throw refusalOf(order, matching.unbridged);
    if (matching.pairs.length === 0) throw refusalOf(order, [await nothingShared(source, target)]);
    const units = {
      source: offered.unit === undefined ? undefined : await source.unitPlace(),
      target: wanted.unit === undefined ? undefined : await target.unitPlace(),
    };
    refuseHomelessUnits(order, units);
    const { pairs, changes, unbridged } = await this.changesOf(matching.pairs, order, units);
    if (unbridged.length > 0) throw refusalOf(order, unbridged);
    const all = isStructured(source.whole().node) ? await source.beneath(source.whole()) : [source.whole()];
    draft.matched({ source: source.whole(), target: target.whole(), places: all, pairs, given: matching.given, changes });
  }

  /** What the two forms mean as a whole is one; a single value is found within an object, and becomes a member of one, by its term. */
  private async matchWhole(
    matcher: PropertyMatcher,
    source: FormPlaces,
    target: FormPlaces,
    { by, confidence }: FlowOrder,
  ): Promise<Matching> {
    const [from, to] = [source.whole(), target.whole()];
    const [hasParts, wantsParts] = [isStructured(from.node), isStructured(to.node)];
    const isList = from.node.types?.has('array') === true && from.node.items !== undefined;
    if (!hasParts && wantsParts && !isList && from.node.types !== undefined) return matcher.members([from], to, from, true);
    const wantsList = to.node.types?.has('array') === true;
    if (hasParts && !wantsParts && !wantsList && to.node.types !== undefined && !to.node.types.has('object')) {
      return matcher.single(await source.beneath(from), to);
    }
    return matcher.match(from, to, { by, confidence }, true);
  }

  private async changesOf(
    pairs: readonly MatchedPair[],
    order: FlowOrder,
    units: UnitPlaces,
  ): Promise<{ pairs: MatchedPair[]; changes: ValueChange[]; unbridged: Unbridged[] }> {
    const { source: offered, target: wanted } = order;
    const kept: MatchedPair[] = [];
    const changes: ValueChange[] = [];
    const unbridged: Unbridged[] = [];
    for (const pair of pairs) {
      const { source, target, isRequired } = pair;
      const sourceUnit = source.node.says.unit ?? (isAt(source, units.source) ? offered.unit : undefined);
      const targetUnit = target.node.says.unit ?? (isAt(target, units.target) ? wanted.unit : undefined);
      const inner = await this.changeWithin(pair, order, units);
      const outcome = inner ?? (await this.changes.between({ source, target, sourceUnit, targetUnit, isRequired }));
      if ('changes' in outcome) {
        kept.push(outcome.doubt === undefined ? pair : { ...pair, confidence: Math.round(pair.confidence * 80) / 100 });
        changes.push(...outcome.changes);
      } else if (isRequired || target.place.at(-1) === EACH || (pair.by !== 'name' && outcome.unbridged.step !== 'cast'))
        unbridged.push(outcome.unbridged);
    }
    return { pairs: kept, changes, unbridged };
  }

  /** What has to become of the one number that the units of the forms are of, in a value that goes over whole, as both sides shape it alike. */
  private async changeWithin(
    { source, target, isRequired }: MatchedPair,
    { source: { unit: sourceUnit }, target: { unit: targetUnit } }: FlowOrder,
    units: UnitPlaces,
  ): Promise<ChangeOutcome | undefined> {
    const [from, to] = [units.source?.at, units.target?.at];
    if (from === undefined || to === undefined || sourceUnit === targetUnit) return undefined;
    const [inSource, inTarget] = [placeText(from.place.slice(source.place.length)), placeText(to.place.slice(target.place.length))];
    const isWithin =
      placeText(from.place) === placeText(source.place) + inSource && placeText(to.place) === placeText(target.place) + inTarget;
    if (!isWithin || inSource === '' || inSource !== inTarget) return undefined;
    return this.changes.between({ source: from, target: to, sourceUnit, targetUnit, isRequired });
  }
}

/** Whether the unit of the form as a whole is that of this place. */
function isAt({ place }: ValuePlace, unit: UnitPlace | undefined): boolean {
  return unit?.at !== undefined && placeText(unit.at.place) === placeText(place);
}

/** A plan that delivers nothing would hide that the two do not understand each other. */
async function nothingShared(source: FormPlaces, target: FormPlaces): Promise<Unbridged> {
  const candidates = (await source.members(source.whole())).slice(0, 8).map(({ place }) => placeText(place));
  const wanted = (await target.members(target.whole())).slice(0, 8).map(({ name }) => name);
  const detail = `nothing of the sender’s is known to mean any of ${wanted.join(', ') || target.name}`;
  return { code: 'semantic-unresolved', step: 'match', at: [], detail, candidates };
}

/** Whether the receiver takes a value of whatever shape. */
function isOpenShape({ schema }: ValueForm): boolean {
  return schema === undefined || schema === true || (typeof schema === 'object' && Object.keys(schema).length === 0);
}

/** A unit of an object as a whole helps nobody when it is not the other's and may be that of any number in it. */
function refuseHomelessUnits(order: FlowOrder, { source, target }: UnitPlaces): void {
  const [from, to] = [order.source.unit, order.target.unit];
  if (from === undefined || to === undefined || from === to) return;
  const isHomeless = (place: UnitPlace | undefined): boolean => place?.at === undefined && place?.isSaid !== true;
  if (!isHomeless(source) && !isHomeless(target)) return;
  const detail = `which number is in ${isHomeless(source) ? from : to} is not said: state x-unit in the schema`;
  throw refusalOf(order, [{ code: 'semantic-unresolved', step: 'unit', at: [], detail, candidates: [from, to] }]);
}

function isOf(reference: FlowReference, order: FlowOrder): boolean {
  return reference.twin === order.twin && reference.feature === order.feature && reference.purpose === order.purpose;
}

function withoutUndefined(form: ValueForm): ValueForm {
  return Object.fromEntries(Object.entries(form).filter(([, value]) => value !== undefined));
}
