import { canonicalJson } from '../../kernel/canonical-json.js';
import { type Place, placeText } from '../semantic/place.js';
import { CONFIDENCE, type Meanings, type Relation } from './meanings.js';
import { nearestNames } from './nearest-names.js';
import { isStructured, type SchemaNode } from './schema-reader.js';
import type { Unbridged } from './unbridged.js';
import type { FormPlaces, ValuePlace } from './value-places.js';

/** How a match was found. */
export type MatchedBy = Relation | 'name' | 'said';

/** Two places that mean the same value: nothing beneath them is looked at. */
export interface MatchedPair {
  readonly source: ValuePlace;
  readonly target: ValuePlace;
  readonly by: MatchedBy;
  readonly confidence: number;
  /** Whether the receiver's schema asks for it, and for all that it lies in. */
  readonly isRequired: boolean;
  /** Places of the receiver's value that this one lies in. */
  readonly holders?: readonly ValuePlace[];
}

/** A value that the receiver's schema itself gives. */
export interface GivenValue {
  readonly at: Place;
  readonly value: unknown;
  readonly always: boolean;
}

/** What was found for one object. */
export interface Matching {
  readonly pairs: readonly MatchedPair[];
  readonly given: readonly GivenValue[];
  readonly unbridged: readonly Unbridged[];
  /** Places that are wanted, not required, and have no source. */
  readonly absent: readonly string[];
}

/** Somebody's answer: this place is that one. */
export interface SaidMatch {
  readonly from: string;
  readonly to: string;
}

/** The answers for one flow, and how they are taken. */
export interface SaidMatches {
  readonly matches: readonly SaidMatch[];
  /** One that takes from where nothing is asks again; otherwise it is passed over. */
  readonly isStrict: boolean;
  /** Those that were asked for. */
  readonly used: Set<SaidMatch>;
}

/** Schemas may contain themselves; deeper places are taken as they are. */
const MAX_DEPTH = 12;

const NOTHING: Matching = { pairs: [], given: [], unbridged: [], absent: [] };

interface Found {
  readonly place: ValuePlace;
  readonly by: MatchedBy;
  readonly confidence: number;
}

/** Finds for each place that the receiver's schema names the one of the sender's that means the same. Deterministic: places come in the order of their names. */
export class PropertyMatcher {
  constructor(
    private readonly meanings: Meanings,
    private readonly source: FormPlaces,
    private readonly target: FormPlaces,
    private readonly said: SaidMatches,
  ) {}

  /** Two places that are known to mean the same: what lies beneath is matched if both are looked into. */
  async match(source: ValuePlace, target: ValuePlace, found: Omit<Found, 'place'>, isRequired: boolean): Promise<Matching> {
    const pair = { source, target, ...found, isRequired };
    if (isSame(source.node, target.node) || target.place.length >= MAX_DEPTH) return { ...NOTHING, pairs: [pair] };
    if (isStructured(target.node) && isStructured(source.node))
      return this.members(await this.source.beneath(source), target, source, isRequired);
    const [from, to] = [this.source.elements(source), this.target.elements(target)];
    if (from !== undefined && to !== undefined) return this.match(from, to, found, isRequired);
    return { ...NOTHING, pairs: [pair] };
  }

  /**
   * Matches the members of an object against these places.
   * @param scope the place that they lie in: equal names count only right beneath it
   */
  async members(places: readonly ValuePlace[], target: ValuePlace, scope: ValuePlace, isRequired: boolean): Promise<Matching> {
    let matching = NOTHING;
    for (const member of await this.target.members(target)) {
      const needed = isRequired && target.node.required.has(member.name);
      matching = joined(matching, await this.member(places, member, scope, needed));
    }
    return { ...matching, pairs: matching.pairs.map((pair) => ({ ...pair, holders: [target, ...(pair.holders ?? [])] })) };
  }

  /** The one place that is wanted as the whole value. */
  async single(places: readonly ValuePlace[], target: ValuePlace): Promise<Matching> {
    const found = await this.find(places, target, target);
    if ('unbridged' in found) return { ...NOTHING, unbridged: [found.unbridged] };
    if (found.best === undefined) return { ...NOTHING, unbridged: [this.missing(places, target)] };
    const { place, ...how } = found.best;
    return this.match(place, target, how, true);
  }

  private async member(places: readonly ValuePlace[], target: ValuePlace, scope: ValuePlace, isRequired: boolean): Promise<Matching> {
    const found = await this.find(places, target, scope);
    if ('unbridged' in found) return { ...NOTHING, unbridged: [found.unbridged] };
    const { fixed, usual } = target.node;
    if (found.best !== undefined) {
      const { place, ...how } = found.best;
      // Two constants of one name (`type`) say what each side calls it, not what the sender means by it.
      const isOtherConstant =
        how.by === 'name' && fixed !== undefined && place.node.fixed !== undefined && !isSame(place.node, target.node);
      if (!isOtherConstant) {
        const inner = await this.match(place, target, how, isRequired);
        if (
          inner.unbridged.length === 0 ||
          isRequired ||
          inner.unbridged.some(({ code, step }) => code === 'semantic-unresolved' && step === 'match')
        )
          return inner;
        return { ...NOTHING, absent: [placeText(target.place)] };
      }
    }
    if (fixed !== undefined) return isRequired ? { ...NOTHING, given: [{ at: target.place, value: fixed.value, always: true }] } : NOTHING;
    if (isStructured(target.node)) return this.group(places, target, scope, isRequired);
    if (usual !== undefined) return { ...NOTHING, given: [{ at: target.place, value: usual.value, always: true }] };
    return isRequired ? { ...NOTHING, unbridged: [this.missing(places, target)] } : { ...NOTHING, absent: [placeText(target.place)] };
  }

  /** An object that means nothing of its own holds what others have elsewhere: nesting. */
  private async group(places: readonly ValuePlace[], target: ValuePlace, scope: ValuePlace, isRequired: boolean): Promise<Matching> {
    const inner = await this.members(places, target, scope, true);
    if (isRequired) return inner;
    const questions = inner.unbridged.filter(({ step }) => step === 'match');
    if (inner.pairs.length > 0 && inner.unbridged.length === 0)
      return { ...inner, pairs: inner.pairs.map((pair) => ({ ...pair, isRequired: false })) };
    return { ...NOTHING, unbridged: questions, absent: [placeText(target.place)] };
  }

  private async find(
    places: readonly ValuePlace[],
    target: ValuePlace,
    scope: ValuePlace,
  ): Promise<{ best?: Found } | { unbridged: Unbridged }> {
    const answer = this.said.matches.find(({ to }) => to === placeText(target.place));
    if (answer !== undefined) {
      this.said.used.add(answer);
      const place = places.find((each) => placeText(each.place) === answer.from);
      if (place !== undefined) return { best: { place, by: 'said', confidence: CONFIDENCE.said } };
      if (this.said.isStrict) return { unbridged: this.missing(places, target, `there is no ${answer.from} to take it from`) };
    }
    const found: Found[] = [];
    for (const place of places) {
      const how = await this.relate(place, target, scope);
      if (how !== undefined) found.push({ place, ...how });
    }
    const most = Math.max(0, ...found.map(({ confidence }) => confidence));
    const best = found.filter(({ confidence }) => confidence === most);
    const sameName = best.filter(({ place }) => place.name === target.name);
    const [only, second] = best.length > 1 && sameName.length === 1 ? sameName : best;
    if (only === undefined) return {};
    // Of several that mean the same, the one of the same name is likely, not certain.
    if (second === undefined)
      return { best: best.length > 1 ? { ...only, confidence: rounded(only.confidence * CONFIDENCE.namespace) } : only };
    const detail = `several of the sender’s places may be meant by ${target.name}`;
    const candidates = best.map(({ place }) => placeText(place.place));
    return { unbridged: { code: 'semantic-unresolved', step: 'match', at: target.place, detail, candidates } };
  }

  private async relate(source: ValuePlace, target: ValuePlace, scope: ValuePlace): Promise<Omit<Found, 'place'> | undefined> {
    if (source.meaning !== undefined && target.meaning !== undefined) {
      const by = await this.meanings.relation(source.meaning.term, target.meaning.term);
      if (by === undefined) return undefined;
      const inferred = [source.meaning, target.meaning].some((meaning) => meaning.by === 'namespace') ? CONFIDENCE.namespace : 1;
      return { by, confidence: rounded(CONFIDENCE[by] * inferred) };
    }
    const isNear = source.place.length === scope.place.length + 1;
    return isNear && source.name === target.name ? { by: 'name', confidence: CONFIDENCE.name } : undefined;
  }

  private missing(
    places: readonly ValuePlace[],
    target: ValuePlace,
    detail = `nothing of the sender’s is known to mean ${target.name}`,
  ): Unbridged {
    const candidates = nearestNames(target.name, places.map(({ name, place }) => ({ name, text: placeText(place) }))); // prettier-ignore
    return { code: 'semantic-unresolved', step: 'move', at: target.place, detail, candidates };
  }
}

function isSame(one: SchemaNode, other: SchemaNode): boolean {
  if (one.document !== other.document && (refers(one.schema) || refers(other.schema)))
    return canonicalJson([one.schema, one.document]) === canonicalJson([other.schema, other.document]);
  return canonicalJson(one.schema) === canonicalJson(other.schema);
}

function refers(schema: unknown): boolean {
  return JSON.stringify(schema).includes('"$ref"');
}

function joined(one: Matching, other: Matching): Matching {
  return {
    pairs: [...one.pairs, ...other.pairs],
    given: [...one.given, ...other.given],
    unbridged: [...one.unbridged, ...other.unbridged],
    absent: [...one.absent, ...other.absent],
  };
}

function rounded(confidence: number): number {
  return Math.round(confidence * 100) / 100;
}
