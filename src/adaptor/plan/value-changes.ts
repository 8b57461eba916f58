import { UnitRefused } from '../../dictionary/unit/unit-refused.js';
import { Units } from '../../dictionary/unit/units.js';
import { faultOfCrs } from '../semantic/crs/reference-system.js';
import { placeText } from '../semantic/place.js';
import { faultOfTimeForm } from '../semantic/time/time-form.js';
import { CodeCrosswalks } from './code-crosswalks.js';
import type { Meanings } from './meanings.js';
import type { PlanTerms } from './plan-terms.js';
import { mayBeNumber, type SchemaNode } from './schema-reader.js';
import { castsBetween } from './type-casts.js';
import type { Unbridged } from './unbridged.js';
import type { ValuePlace } from './value-places.js';

/** What has to be done to one value, by which step: one entry of its parameters. */
export interface ValueChange {
  readonly step: 'cast' | 'unit' | 'codes' | 'identifier' | 'crs' | 'time';
  /** Of casts: whether it comes before the other changes or after them. */
  readonly phase?: 'before' | 'after';
  readonly entry: Readonly<Record<string, unknown>> & { readonly at: string };
}

/** The value of one place and the value that is wanted, with the units that hold there. */
export interface ValuePair {
  readonly source: ValuePlace;
  readonly target: ValuePlace;
  readonly sourceUnit?: string;
  readonly targetUnit?: string;
  readonly isRequired: boolean;
}

/** What is done, and what nobody knows about it; or why it cannot be done. */
export type ChangeOutcome = { readonly changes: readonly ValueChange[]; readonly doubt?: string } | { readonly unbridged: Unbridged };

/** Compares the forms of single values: units, times, codes, identifiers, reference systems, types. */
export class ValueChanges {
  private readonly units = new Units();
  private readonly crosswalks: CodeCrosswalks;

  constructor(
    meanings: Meanings,
    private readonly terms: PlanTerms,
  ) {
    this.crosswalks = new CodeCrosswalks(meanings);
  }

  async between(pair: ValuePair): Promise<ChangeOutcome> {
    const { source, target } = pair;
    const [from, to] = [source.node, target.node];
    for (const found of [this.unit(pair), time(pair), await this.crosswalks.between(pair), this.identifier(pair), crs(pair)]) {
      if (found === undefined) continue;
      if ('unbridged' in found) return found;
      const [change] = found.changes;
      const inherent = change?.step === 'time' || change?.step === 'codes' || change?.step === 'identifier';
      if (inherent || change?.step === 'crs') return found;
      const casts = castsBetween(from, to, target.place);
      if (casts === undefined) return { unbridged: typesDiffer(pair) };
      // A unit step rounds to whole numbers itself.
      const others = change === undefined ? casts : casts.filter(({ entry }) => entry.to !== 'integer');
      return { ...found, changes: [...found.changes, ...others] };
    }
    const casts = castsBetween(from, to, target.place);
    return casts === undefined ? { unbridged: typesDiffer(pair) } : { changes: casts };
  }

  private unit({ source, target, sourceUnit, targetUnit }: ValuePair): ChangeOutcome | undefined {
    if (sourceUnit === undefined && targetUnit === undefined) return undefined;
    if (sourceUnit === undefined || targetUnit === undefined) {
      const [known, side] = sourceUnit === undefined ? [targetUnit, 'sender'] : [sourceUnit, 'receiver'];
      return { changes: [], doubt: `The ${side} states no unit; ${known ?? ''} is taken for granted.` };
    }
    const refused = (detail: string): ChangeOutcome => ({
      unbridged: { code: 'adaptation-unsupported', step: 'unit', at: target.place, detail, candidates: [] },
    });
    try {
      const [from, to] = [this.units.read(sourceUnit), this.units.read(targetUnit)];
      if (from.code === to.code) return undefined;
      if (!this.units.commensurable(from, to)) return refused(`${from.code} is not commensurable with ${to.code}`);
      if (!mayBeNumber(source.node)) return undefined;
      const integer = isInteger(target.node);
      return { changes: [{ step: 'unit', entry: { at: placeText(target.place), from: from.code, to: to.code, integer } }] };
    } catch (error) {
      if (error instanceof UnitRefused) return refused(error.detail);
      throw error;
    }
  }

  private identifier({ source, target }: ValuePair): ChangeOutcome | undefined {
    const [from, to] = [source.node.says.identifier, target.node.says.identifier];
    if (from === undefined || to === undefined || from === to) return undefined;
    const known = (this.terms.identifiers ?? []).flatMap((map) => {
      if (map.from === from && map.to === to) return [map.pairs];
      return map.from === to && map.to === from
        ? [Object.fromEntries(Object.entries(map.pairs).map(([ours, theirs]) => [theirs, ours]))]
        : [];
    });
    if (known.length === 0) {
      const detail = `nobody has said which identifiers of ${to} those of ${from} are`;
      const candidates = (this.terms.identifiers ?? []).map((map) => `${map.from} → ${map.to}`);
      return { unbridged: { code: 'semantic-unresolved', step: 'identifier', at: target.place, detail, candidates } };
    }
    const pairs = Object.fromEntries(known.flatMap((map) => Object.entries(map)));
    return { changes: [{ step: 'identifier', entry: { at: placeText(target.place), from, to, pairs } }] };
  }
}

function isInteger({ types }: SchemaNode): boolean {
  return types?.has('integer') === true && !types.has('number');
}

function typesDiffer({ source, target }: ValuePair): Unbridged {
  const say = ({ types }: SchemaNode): string => [...(types ?? ['anything'])].join(' or ');
  const detail = `${placeText(source.place) || 'the value'} is ${say(source.node)}, wanted is ${say(target.node)}`;
  return { code: 'adaptation-unsupported', step: 'cast', at: target.place, detail, candidates: [] };
}

function time({ source, target }: ValuePair): ChangeOutcome | undefined {
  const [from, to] = [source, target].map(({ node: { says } }) =>
    says.timeFormat === undefined
      ? undefined
      : { format: says.timeFormat, ...(says.timeZone === undefined ? {} : { zone: says.timeZone }) },
  );
  if (from === undefined || to === undefined) return undefined;
  const sameZone = from.zone === to.zone || to.zone === undefined;
  if (from.format === to.format && (sameZone || from.format.startsWith('epoch'))) return undefined;
  const fault = faultOfTimeForm(from) ?? faultOfTimeForm(to);
  if (fault !== undefined) {
    return { unbridged: { code: 'semantic-unresolved', step: 'time', at: target.place, detail: `a time form ${fault}`, candidates: [] } };
  }
  return { changes: [{ step: 'time', entry: { at: placeText(target.place), from, to } }] };
}

function crs({ source, target }: ValuePair): ChangeOutcome | undefined {
  const [from, to] = [source, target].map(({ node: { says } }) => ({ crs: says.crs, axisOrder: says.axisOrder }));
  if (from?.crs === undefined || to?.crs === undefined) return undefined;
  if (from.crs === to.crs && from.axisOrder === to.axisOrder) return undefined;
  const detail =
    from.axisOrder === undefined || to.axisOrder === undefined
      ? 'the order of the axes is not said (x-axisOrder: xy or yx)'
      : [from.axisOrder, to.axisOrder].every((order) => order === 'xy' || order === 'yx')
        ? [faultOfCrs(from.crs), faultOfCrs(to.crs)].find((fault) => fault !== undefined)
        : 'the order of the axes must be xy or yx';
  if (detail !== undefined)
    return { unbridged: { code: 'semantic-unresolved', step: 'crs', at: target.place, detail, candidates: ['xy', 'yx'] } };
  return { changes: [{ step: 'crs', entry: { at: placeText(target.place), from, to } }] };
}
