import { PatternRefused } from '../regexp-translation.js';
import { SchemaRefused } from '../schema-refused.js';
import { WorkBudget, WorkExceeded } from '../work-budget.js';
import { Conjunction } from './conjunction.js';
import { Containment } from './containment.js';
import { Evaluation } from './evaluate.js';
import { breaking, type CompatibilityFinding, undecided } from './finding.js';
import { NamePatterns } from './name-patterns.js';
import { SameSchema } from './same-schema.js';
import { SchemaSource, type SchemaValue, type SharedSchemas } from './schema-source.js';

/**
 * Which way a schema may move. `provided`: values come out of the twin; they may become fewer, but no property may disappear. `accepted`: values go
 * into the twin; more may be taken, none refused that was taken before.
 */
export type SchemaDirection = 'provided' | 'accepted';

/** Whether what relied on the old schema may rely on the new one. */
export interface SchemaComparison {
  readonly verdict: 'equal' | 'compatible' | 'breaking' | 'undecided';
  /** Why it is breaking or undecided; none otherwise. */
  readonly findings: readonly CompatibilityFinding[];
}

/** Units of work of one comparison; see WorkBudget. */
export const MAX_COMPARISON_WORK = 300_000;
/** The most findings that are given. */
export const MAX_FINDINGS = 50;

/**
 * Compares two schemas that compile. Sound: `compatible` means that every value of the new schema is one of the old (`provided`), or the reverse
 * (`accepted`). Incomplete, as the general question is not decidable in reasonable time: what cannot be shown is `undecided`.
 * @param shared finds the schemas that `$ref` leads to outside of the documents; those not found are the same only under one URI
 */
export function compareSchemas(
  old: SchemaValue,
  fresh: SchemaValue,
  direction: SchemaDirection,
  shared?: SharedSchemas,
  work = MAX_COMPARISON_WORK,
): SchemaComparison {
  const budget = new WorkBudget();
  budget.start(work);
  try {
    return compare(old, fresh, direction, budget, shared);
  } catch (error) {
    const detail = reasonOf(error);
    if (detail === undefined) throw error;
    return { verdict: 'undecided', findings: [undecided('', detail)] };
  }
}

function compare(
  old: SchemaValue,
  fresh: SchemaValue,
  direction: SchemaDirection,
  budget: WorkBudget,
  shared?: SharedSchemas,
): SchemaComparison {
  const before = new SchemaSource(old, 'o', shared);
  const after = new SchemaSource(fresh, 'n', shared);
  const same = new SameSchema(budget);
  if (same.test(before.root, after.root)) return { verdict: 'equal', findings: [] };
  const isProvided = direction === 'provided';
  const patterns = new NamePatterns(budget);
  const evaluation = new Evaluation(budget, patterns);
  const names = isProvided ? { inner: 'new', outer: 'old' } : { inner: 'old', outer: 'new' };
  const containment = new Containment(names, isProvided, budget, same, evaluation, patterns);
  const inner = new Conjunction([isProvided ? after.root : before.root], { budget, evaluation, patterns });
  if (isProvided && inner.isEmpty()) return judged([breaking('', 'the new schema allows nothing any more')]);
  return judged(containment.check(inner, isProvided ? before.root : after.root, ''));
}

function judged(all: readonly CompatibilityFinding[]): SchemaComparison {
  if (all.length === 0) return { verdict: 'compatible', findings: [] };
  const different = new Map(all.map((finding) => [`${finding.pointer} ${finding.detail}`, finding]));
  const findings = [...different.values()].toSorted((a, b) => Number(a.verdict === 'undecided') - Number(b.verdict === 'undecided'));
  return { verdict: findings[0]?.verdict ?? 'undecided', findings: findings.slice(0, MAX_FINDINGS) };
}

function reasonOf(error: unknown): string | undefined {
  if (error instanceof WorkExceeded) return 'comparing the schemas takes too much work';
  if (error instanceof RangeError) return 'the schemas are nested too deeply to be compared';
  if (error instanceof PatternRefused || error instanceof SchemaRefused) return error.message;
  return undefined;
}
