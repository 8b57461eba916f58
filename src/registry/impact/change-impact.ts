import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { MAX_COMPARISON_WORK } from '../../dictionary/json-schema/compat/compare-schemas.js';
import type { Transaction } from '../../database/unit-of-work.js';
import { canonicalJson } from '../../kernel/canonical-json.js';
import type { TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { addedFeature, compareFeature, type FeatureImpact, removedFeature } from './feature-change.js';
import { type FeatureDependent, FeatureDependentsPort } from './feature-dependents.js';
import type { FeatureSpec, TwinProfile } from '../twin.js';

/** The most connections, and the most subscriptions, that are named. */
export const MAX_DEPENDENTS = 100;
/** The most findings of all features together that are given. */
export const MAX_IMPACT_FINDINGS = 100;

/** What a change of a profile means for those who use the twin's features. */
export interface ChangeImpact {
  /** `none`: no feature changes. Features that come as a new major version do not count. */
  readonly verdict: 'none' | 'compatible' | 'undecided' | 'breaking';
  /** The features that change. */
  readonly features: readonly FeatureImpact[];
  /** Who stands on features that break or may break, new major versions included. */
  readonly dependents: readonly FeatureDependent[];
  /** Whether there are more than are named. */
  readonly moreDependents: boolean;
}

const NONE: ChangeImpact = { verdict: 'none', features: [], dependents: [], moreDependents: false };

/** Judges changes of features before they are made. */
@Injectable()
export class ChangeImpacts {
  constructor(private readonly port: FeatureDependentsPort) {}

  /** Compares features by name. The twin's row is locked, so that no connection is made on what is about to change. */
  async assess(tx: Transaction, id: TwinId, old: TwinProfile, fresh: TwinProfile): Promise<ChangeImpact> {
    const features = bounded(await compareFeatures(old.features, fresh.features));
    if (features.length === 0) return NONE;
    const inDoubt = features.filter(({ verdict }) => verdict !== 'compatible').map(({ feature }) => feature);
    const found = inDoubt.length === 0 ? [] : await this.port.find(tx, id, inDoubt, MAX_DEPENDENTS + 1);
    const dependents = (['connection', 'subscription'] as const).flatMap((kind) =>
      found.filter((each) => each.kind === kind).slice(0, MAX_DEPENDENTS),
    );
    return { verdict: verdictOf(features), features, dependents, moreDependents: dependents.length < found.length };
  }
}

/**
 * Refuses a change that breaks or may break a feature that is not a new major version.
 * @throws DomainError `breaking-change`
 */
export function refuseBreaking({ verdict, features, dependents, moreDependents }: ChangeImpact): void {
  if (verdict !== 'breaking' && verdict !== 'undecided') return;
  const refused = features.filter((each) => each.verdict !== 'compatible' && !each.newMajor);
  const names = refused.map(({ feature }) => feature).slice(0, 5).join(', '); // prettier-ignore
  throw new DomainError(
    'breaking-change',
    `The change would break, or may break, who uses ${names}: send it as a new major version of the feature, or with force=true.`,
    { extensions: { verdict, features: refused, dependents, moreDependents } },
  );
}

/** Names of the features that a change breaks, or may break, although they are not new major versions. */
export function brokenFeatures({ features }: ChangeImpact): string[] {
  return features.filter((each) => each.verdict !== 'compatible' && !each.newMajor).map(({ feature }) => feature);
}

async function compareFeatures(old: readonly FeatureSpec[], fresh: readonly FeatureSpec[]): Promise<FeatureImpact[]> {
  const before = new Map(old.map((feature) => [feature.name, feature]));
  const names = new Set(fresh.map(({ name }) => name));
  const changed = fresh.map((feature, index) => ({ feature, index, was: before.get(feature.name) })).filter(({ feature, was }) => !was || !saysSame(was, feature)); // prettier-ignore
  const work = Math.floor(MAX_COMPARISON_WORK / Math.max(changed.length, 1));
  const impacts: FeatureImpact[] = [];
  for (const { feature, index, was } of changed) {
    if (!was) impacts.push(addedFeature(feature));
    else {
      impacts.push(compareFeature(was, feature, `/features/${index}`, work));
      // Comparing schemas takes its time; other requests get theirs in between.
      await setImmediate();
    }
  }
  const removed = old.flatMap((feature, index) => (names.has(feature.name) ? [] : [removedFeature(feature, `/features/${index}`)]));
  return [...impacts, ...removed];
}

/** A description is not what anybody relies on. */
function saysSame({ description: _old, ...old }: FeatureSpec, { description: _new, ...fresh }: FeatureSpec): boolean {
  return canonicalJson(old) === canonicalJson(fresh);
}

function verdictOf(features: readonly FeatureImpact[]): ChangeImpact['verdict'] {
  const counted = new Set(features.filter(({ newMajor }) => !newMajor).map(({ verdict }) => verdict));
  return counted.has('breaking') ? 'breaking' : counted.has('undecided') ? 'undecided' : 'compatible';
}

function bounded(features: readonly FeatureImpact[]): FeatureImpact[] {
  let left = MAX_IMPACT_FINDINGS;
  return features.map((impact) => {
    const findings = impact.findings.slice(0, left);
    left -= findings.length;
    return { ...impact, findings };
  });
}
