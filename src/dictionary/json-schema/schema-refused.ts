/**
 * Why a schema is refused: it is no valid schema of its dialect; it is valid but cannot be turned into a check; a reference leads nowhere, or out of
 * the document; a pattern is none that can be matched in linear time; it exceeds a limit of size or of nesting.
 */
export type SchemaRefusal = 'not-a-schema' | 'does-not-compile' | 'unresolvable-ref' | 'pattern-refused' | 'too-large' | 'too-deep';

/** A JSON Schema that is refused. `pointer` (RFC 6901) names the place inside the schema; inside a shared schema, the place there, and `detail` names it. */
export class SchemaRefused extends Error {
  override readonly name = 'SchemaRefused';

  constructor(
    readonly reason: SchemaRefusal,
    readonly pointer: string,
    readonly detail: string,
    options?: ErrorOptions & {
      /** Of unresolvable-ref: the reference that leads nowhere. */
      readonly reference?: string;
    },
  ) {
    super(`${detail} (at "${pointer}")`, options);
    this.reference = options?.reference;
  }

  readonly reference: string | undefined;
}

/** Appends reference tokens to a JSON pointer. */
export function pointTo(pointer: string, ...tokens: readonly (string | number)[]): string {
  return pointer + tokens.map((token) => `/${String(token).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
