import type { ProblemCode } from './catalogue.js';

/** One place in the input that is wrong: an RFC 6901 pointer into the body (empty = the whole), and what is wrong there. */
export interface ProblemPlace {
  pointer: string;
  detail: string;
}

/** What a {@link DomainError} may carry besides its code and detail. */
export interface DomainErrorOptions {
  /** Where in the input, as an RFC 6901 pointer. */
  pointer?: string;
  /** Several places at once. */
  errors?: ProblemPlace[];
  /** When it makes sense to try again, in seconds. */
  retryAfterSeconds?: number;
  /** What lies beneath; logged, never shown. */
  cause?: unknown;
  /** Further members of the problem document. */
  extensions?: Record<string, unknown>;
}

/**
 * The one way a service refuses. `code` is from the catalogue; `detail` is a sentence for the caller: what is wrong here, and what to do.
 * Services know nothing of HTTP: each face renders the code in its own way.
 */
export class DomainError extends Error {
  readonly pointer?: string;
  readonly errors?: ProblemPlace[];
  readonly retryAfterSeconds?: number;
  readonly extensions?: Record<string, unknown>;

  constructor(
    readonly code: ProblemCode,
    readonly detail: string,
    options: DomainErrorOptions = {},
  ) {
    super(`${code}: ${detail}`, { cause: options.cause });
    this.name = 'DomainError';
    this.pointer = options.pointer;
    this.errors = options.errors;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.extensions = options.extensions;
  }

  /** The same refusal with its places moved beneath `prefix`, for input that was part of a larger document. */
  beneath(prefix: string): DomainError {
    return new DomainError(this.code, this.detail, {
      pointer: this.pointer === undefined ? undefined : prefix + this.pointer,
      errors: this.errors?.map((place) => ({ ...place, pointer: prefix + place.pointer })),
      retryAfterSeconds: this.retryAfterSeconds,
      cause: this.cause,
      extensions: this.extensions,
    });
  }
}
