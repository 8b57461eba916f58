/** One place where two schemas differ in a way that matters. */
export interface CompatibilityFinding {
  /** RFC 6901 pointer to the place in the schema, with `allOf` and references left out. */
  readonly pointer: string;
  readonly verdict: 'breaking' | 'undecided';
  /** A sentence part: what the place does now that it must not. */
  readonly detail: string;
}

/** How the two sides are called in findings: the one that must be within the other. */
export interface SideNames {
  readonly inner: string;
  readonly outer: string;
}

export function breaking(pointer: string, detail: string): CompatibilityFinding {
  return { pointer, verdict: 'breaking', detail };
}

export function undecided(pointer: string, detail: string): CompatibilityFinding {
  return { pointer, verdict: 'undecided', detail };
}
