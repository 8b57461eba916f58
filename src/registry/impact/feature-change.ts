import semver from 'semver';
import { compareSchemas, type SchemaDirection } from '../../dictionary/json-schema/compat/compare-schemas.js';
import { canonicalJson } from '../../kernel/canonical-json.js';
import type { FeatureSpec } from '../twin.js';

/** One thing about a changed feature that its users could not live with, or might not. */
export interface FeatureFinding {
  /** RFC 6901 pointer into the new profile; of a feature that is removed, into the old. */
  readonly pointer: string;
  readonly verdict: 'breaking' | 'undecided';
  readonly detail: string;
}

/** What a change of a profile means for the users of one feature. */
export interface FeatureImpact {
  readonly feature: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly verdict: 'compatible' | 'breaking' | 'undecided';
  /** Whether it comes as a new major version, which may break. */
  readonly newMajor: boolean;
  readonly findings: readonly FeatureFinding[];
}

/** The schemas of a feature, and which way each may move. A function without `output` gives anything. */
const SCHEMAS: readonly (readonly ['schema' | 'input' | 'output', SchemaDirection])[] = [
  ['schema', 'provided'],
  ['input', 'accepted'],
  ['output', 'provided'],
];

/**
 * Compares a feature with what it was. Kind, unit, meaning and format may not change, versions not go back, what was idempotent stays so, schemas only as {@link compareSchemas} allows. Pure.
 * @param pointer of the feature in the new profile
 * @param work units that the comparison of each schema may take
 */
export function compareFeature(old: FeatureSpec, fresh: FeatureSpec, pointer: string, work: number): FeatureImpact {
  const findings: FeatureFinding[] = [];
  const breaks = (member: string, detail: string): void => {
    findings.push({ pointer: `${pointer}/${member}`, verdict: 'breaking', detail });
  };
  if (old.kind !== fresh.kind) breaks('kind', `was ${old.kind}`);
  if (old.unit !== fresh.unit) breaks('unit', `was ${old.unit ?? 'none'}`);
  if (old.semanticType !== fresh.semanticType) breaks('semanticType', `was ${old.semanticType ?? 'none'}`);
  if (old.idempotent === true && fresh.idempotent !== true) breaks('idempotent', 'was true');
  if ((old.format ?? 'json') !== (fresh.format ?? 'json')) breaks('format', `was ${old.format ?? 'json'}`);
  if (canonicalJson(old.formatOptions ?? {}) !== canonicalJson(fresh.formatOptions ?? {})) breaks('formatOptions', 'were others');
  const wentBack = semver.lt(fresh.version, old.version);
  if (wentBack) breaks('version', `went back from ${old.version}`);
  if (old.kind === fresh.kind) {
    for (const [member, direction] of SCHEMAS) {
      const [before, after] = [old[member] ?? true, fresh[member] ?? true];
      if (canonicalJson(before) === canonicalJson(after)) continue;
      const comparison = compareSchemas(before, after, direction, undefined, work);
      for (const finding of comparison.findings) {
        findings.push({ ...finding, pointer: `${pointer}/${member}${finding.pointer}` });
      }
    }
  }
  const verdict = findings.some((finding) => finding.verdict === 'breaking')
    ? 'breaking'
    : findings.length > 0
      ? 'undecided'
      : 'compatible';
  return { feature: fresh.name, change: 'changed', verdict, newMajor: !wentBack && isNewMajor(old.version, fresh.version), findings };
}

/** The impact of a feature that goes away. */
export function removedFeature({ name }: FeatureSpec, pointer: string): FeatureImpact {
  const finding = { pointer, verdict: 'breaking', detail: 'is removed' } as const;
  return { feature: name, change: 'removed', verdict: 'breaking', newMajor: false, findings: [finding] };
}

/** The impact of a feature that is new. */
export function addedFeature({ name }: FeatureSpec): FeatureImpact {
  return { feature: name, change: 'added', verdict: 'compatible', newMajor: false, findings: [] };
}

/** Whether a version may break what relied on the other: before 1.0.0 the minor number counts as the major one. */
function isNewMajor(old: string, fresh: string): boolean {
  const [from, to] = [semver.parse(old), semver.parse(fresh)];
  if (!from || !to) return false;
  return to.major > from.major || (from.major === 0 && to.major === 0 && to.minor > from.minor);
}
