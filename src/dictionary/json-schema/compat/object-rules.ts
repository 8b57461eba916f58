import { pointTo } from '../schema-refused.js';
import type { Conjunction } from './conjunction.js';
import type { Containment } from './containment.js';
import { breaking, type CompatibilityFinding, undecided } from './finding.js';
import type { NamePatterns } from './name-patterns.js';
import type { SchemaNode } from './schema-source.js';
import { named, requiredBy, type SchemaView } from './schema-view.js';

/** Whether every object of `inner` keeps what the keywords on members of `outer` ask. */
export class ObjectRules {
  constructor(
    private readonly containment: Containment,
    private readonly patterns: NamePatterns,
  ) {}

  check(inner: Conjunction, outer: SchemaView, at: string): CompatibilityFinding[] {
    if (!inner.types.has('object')) return [];
    return [
      ...this.properties(inner, outer, at),
      ...this.byPattern(inner, outer, at),
      ...this.additional(inner, outer, at),
      ...this.required(inner, outer, at),
      ...this.dependencies(inner, outer, at),
      ...this.names(inner, outer, at),
    ];
  }

  private properties(inner: Conjunction, outer: SchemaView, at: string): CompatibilityFinding[] {
    return [...named(outer, 'properties')].flatMap(([name, schema]) => {
      const pointer = pointTo(at, 'properties', name);
      if (this.containment.refusesDrops && schema.schema !== false && this.isDropped(inner, name)) {
        return [breaking(pointer, `the ${this.containment.names.inner} schema no longer provides it`)];
      }
      return this.containment.descend(inner.property(name), schema, pointer);
    });
  }

  private isDropped(inner: Conjunction, name: string): boolean {
    const isListed = inner.views.some((view) => named(view, 'properties').has(name) || this.patterns.anyFits(view, name));
    return !isListed || inner.property(name).isEmpty();
  }

  /** Patterns of `outer`: names that `inner` knows, and all others that fit. */
  private byPattern(inner: Conjunction, outer: SchemaView, at: string): CompatibilityFinding[] {
    return [...named(outer, 'patternProperties')].flatMap(([pattern, schema]) => {
      const pointer = pointTo(at, 'patternProperties', pattern);
      const known = namesOf(inner).filter((name) => this.patterns.test(pattern, name));
      return [
        ...known.flatMap((name) => this.containment.descend(inner.property(name), schema, pointer)),
        ...this.containment.descend(this.fitting(inner, pattern), schema, pointer),
      ];
    });
  }

  /** Names that `outer` says nothing of but by `additionalProperties`. */
  private additional(inner: Conjunction, outer: SchemaView, at: string): CompatibilityFinding[] {
    const schema = outer.one.get('additionalProperties');
    if (schema === undefined || schema.schema === true) return [];
    const pointer = `${at}/additionalProperties`;
    const descend = (members: Conjunction, place: string): CompatibilityFinding[] => this.containment.descend(members, schema, place);
    const isAdditional = (name: string): boolean => !named(outer, 'properties').has(name) && !this.patterns.anyFits(outer, name);
    const innerPatterns = new Set(inner.views.flatMap((view) => [...named(view, 'patternProperties').keys()]));
    return [
      ...namesOf(inner)
        .filter(isAdditional)
        .flatMap((name) => descend(inner.property(name), pointTo(at, 'properties', name))),
      ...[...innerPatterns]
        .filter((pattern) => !named(outer, 'patternProperties').has(pattern))
        .flatMap((pattern) => descend(this.fitting(inner, pattern), pointTo(at, 'patternProperties', pattern))),
      ...descend(othersOf(inner), pointer),
    ];
  }

  /** What is said of members that are not listed and fit this pattern: at least this. */
  private fitting(inner: Conjunction, pattern: string): Conjunction {
    return inner.of(
      inner.views.flatMap((view): SchemaNode[] => {
        const patterns = named(view, 'patternProperties');
        const same = patterns.get(pattern);
        if (same !== undefined) return [same];
        const additional = view.one.get('additionalProperties');
        return patterns.size === 0 && additional !== undefined ? [additional] : [];
      }),
    );
  }

  private required(inner: Conjunction, outer: SchemaView, at: string): CompatibilityFinding[] {
    const { inner: name } = this.containment.names;
    return requiredBy(outer)
      .filter((member) => !inner.required.has(member))
      .map((member) => breaking(`${at}/required`, `the ${name} schema does not require ${JSON.stringify(member)}`));
  }

  private dependencies(inner: Conjunction, outer: SchemaView, at: string): CompatibilityFinding[] {
    const findings: CompatibilityFinding[] = [];
    for (const [name, members] of dependentsOf(outer)) {
      const known = new Set([
        ...inner.required,
        ...inner.views.flatMap((view) => dependentsOf(view).flatMap(([other, list]) => (other === name ? list : []))),
      ]);
      if (members.every((member) => known.has(member)) || inner.property(name).isEmpty()) continue;
      findings.push(breaking(pointTo(at, 'dependentRequired', name), 'members that depend on it are not required'));
    }
    for (const [name, schema] of named(outer, 'dependentSchemas')) {
      const isSame = inner.views.some((view) => {
        const other = named(view, 'dependentSchemas').get(name);
        return other !== undefined && this.containment.isSame(other, schema);
      });
      const pointer = pointTo(at, 'dependentSchemas', name);
      if (isSame || inner.property(name).isEmpty() || this.containment.holds(inner, schema, pointer)) continue;
      findings.push(undecided(pointer, 'schemas that depend on a member are not compared when they differ'));
    }
    return findings;
  }

  private names(inner: Conjunction, outer: SchemaView, at: string): CompatibilityFinding[] {
    const schema = outer.one.get('propertyNames');
    if (schema === undefined) return [];
    const pointer = `${at}/propertyNames`;
    const names = inner.views.flatMap((view) => view.one.get('propertyNames') ?? []);
    if (names.length > 0 && this.containment.holds(inner.of(names), schema, pointer)) return [];
    return [undecided(pointer, 'names of members are not compared when their schemas differ')];
  }
}

function namesOf(inner: Conjunction): string[] {
  return [...new Set(inner.views.flatMap((view) => [...named(view, 'properties').keys()]))];
}

/** What is said of members that no name and no pattern stands for. */
function othersOf(inner: Conjunction): Conjunction {
  return inner.of(inner.views.flatMap((view) => view.one.get('additionalProperties') ?? []));
}

function dependentsOf(view: SchemaView): [string, string[]][] {
  const { dependentRequired } = view.facts;
  return typeof dependentRequired === 'object' && dependentRequired !== null
    ? (Object.entries(dependentRequired) as [string, string[]][])
    : [];
}
