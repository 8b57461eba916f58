import type { TwinId } from '../kernel/ids.js';
import { DomainError, type ProblemPlace } from '../problems/domain-error.js';
import type { FeatureSpec } from '../registry/twin.js';
import type { ProfiledNeed } from '../adaptor/plan/adaptation-plan.js';
import type { ConnectedFeature, ConnectedNeed } from './connection.entity.js';

/** A side of a connection with what it offers. */
export interface ConnectionSide {
  readonly id: TwinId;
  readonly features: readonly FeatureSpec[];
  /** The forms in which it wants to receive. */
  readonly needs?: readonly ProfiledNeed[];
}

/** A feature by name. */
export interface FeatureReference {
  readonly twin: string;
  readonly name: string;
}

function keyOf({ twin, name }: FeatureReference): string {
  return JSON.stringify([twin, name]);
}

/**
 * Finds the named features at the two sides and takes them down as they are now, in the order named. Pure.
 * @throws DomainError `validation-failed` with a place for each that is of neither side, not offered, or named twice
 */
export function agreeOnFeatures(
  references: readonly FeatureReference[],
  sides: readonly [ConnectionSide, ConnectionSide],
): ConnectedFeature[] {
  const errors: ProblemPlace[] = [];
  const seen = new Set<string>();
  const agreed: ConnectedFeature[] = [];
  for (const [index, reference] of references.entries()) {
    const side = sides.find(({ id }) => id === reference.twin);
    const feature = side?.features.find(({ name }) => name === reference.name);
    const pointer = `/features/${index}`;
    if (side === undefined) errors.push({ pointer: `${pointer}/twin`, detail: 'is neither the requester nor the responder' });
    else if (feature === undefined) errors.push({ pointer: `${pointer}/name`, detail: `is no feature of ${side.id}` });
    else if (seen.has(keyOf(reference))) errors.push({ pointer, detail: 'is named twice' });
    else agreed.push({ ...feature, twin: side.id });
    seen.add(keyOf(reference));
  }
  const [first] = errors;
  if (first === undefined) return agreed;
  throw new DomainError('validation-failed', `${first.pointer} ${first.detail}.`, { pointer: first.pointer, errors: errors.slice(0, 50) });
}

/** The needs of both sides, each with its twin. Pure. */
export function needsOf(sides: readonly ConnectionSide[]): ConnectedNeed[] {
  return sides.flatMap(({ id, needs = [] }) => needs.map((need) => ({ ...need, twin: id })));
}

/** Whether two lists name the same features, in whatever order. */
export function sameFeatures(one: readonly FeatureReference[], other: readonly FeatureReference[]): boolean {
  const [keys, others] = [new Set(one.map(keyOf)), new Set(other.map(keyOf))];
  return one.length === other.length && keys.size === others.size && [...others].every((key) => keys.has(key));
}
