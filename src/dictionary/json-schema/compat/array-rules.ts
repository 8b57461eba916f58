import { pointTo } from '../schema-refused.js';
import type { Conjunction } from './conjunction.js';
import type { Containment } from './containment.js';
import { type CompatibilityFinding, undecided } from './finding.js';
import { numberOf, type SchemaView } from './schema-view.js';

/** Whether every array of `inner` keeps what the keywords on items of `outer` ask. */
export function checkArrays(containment: Containment, inner: Conjunction, outer: SchemaView, at: string): CompatibilityFinding[] {
  if (!inner.types.has('array')) return [];
  return [...checkItems(containment, inner, outer, at), ...checkContains(containment, inner, outer, at)];
}

function checkItems(containment: Containment, inner: Conjunction, outer: SchemaView, at: string): CompatibilityFinding[] {
  const findings: CompatibilityFinding[] = [];
  const prefix = outer.list.get('prefixItems') ?? [];
  const rest = outer.one.get('items');
  const longest = inner.atMost('maxItems');
  const listed = Math.max(prefix.length, ...inner.views.map((view) => view.list.get('prefixItems')?.length ?? 0));
  for (let index = 0; index < Math.min(listed, longest); index += 1) {
    const schema = prefix[index] ?? rest;
    if (schema !== undefined) findings.push(...containment.descend(inner.item(index), schema, pointTo(at, 'prefixItems', index)));
  }
  if (rest !== undefined && longest > listed) findings.push(...containment.descend(inner.item(listed), rest, `${at}/items`));
  return findings;
}

function checkContains(containment: Containment, inner: Conjunction, outer: SchemaView, at: string): CompatibilityFinding[] {
  const wanted = outer.one.get('contains');
  const least = numberOf(outer, 'minContains') ?? 1;
  const most = numberOf(outer, 'maxContains');
  if (wanted === undefined || (least === 0 && most === undefined)) return [];
  const holds = inner.views.some((view) => {
    const known = view.one.get('contains');
    if (known === undefined || (numberOf(view, 'minContains') ?? 1) < least) return false;
    if (containment.isSame(known, wanted)) return (numberOf(view, 'maxContains') ?? Infinity) <= (most ?? Infinity);
    return most === undefined && containment.descend(inner.of([known]), wanted, at).length === 0;
  });
  return holds ? [] : [undecided(`${at}/contains`, 'what an array must contain is not compared when it differs')];
}
