/** A JSONPath (RFC 9535) as what decides, in PostgreSQL, whether it selects anything in a profile. */
export interface JsonPathCondition {
  /** Keys (of search-key.ts) that every profile with a match has; empty when there are none to go by. */
  readonly keys: readonly number[];
  /** Whether the keys alone decide. */
  readonly exact: boolean;
  /** SQL/JSON path, in strict mode and never failing, whose existence says the same. */
  readonly sqlPath: string;
}

/** A JSONPath that this broker does not take. `detail` is a sentence for the caller. */
export class JsonPathRefused extends Error {
  constructor(readonly detail: string) {
    super(detail);
    this.name = 'JsonPathRefused';
  }
}
