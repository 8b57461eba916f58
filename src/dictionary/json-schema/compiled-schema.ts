/** One way in which a payload does not fit a schema. */
export interface SchemaViolation {
  /** RFC 6901 pointer into the payload, cut after 1,000 characters. */
  readonly pointer: string;
  readonly detail: string;
}

/** A schema ready to check payloads. */
export interface CompiledSchema {
  /**
   * The violations, at most {@link MAX_VIOLATIONS}; none when the payload fits. Never throws for JSON whose nesting is bounded, as the reader of JSON
   * text does: a payload that would take too much work to check is a violation too.
   */
  validate(payload: unknown): SchemaViolation[];
}

/** Most violations reported of one payload. */
export const MAX_VIOLATIONS = 20;
