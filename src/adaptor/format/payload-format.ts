import type { AdaptationLoss } from '../plan/adaptation-plan.js';

/** Options of a format, as {@link PayloadFormat.read} gave them. */
export type FormatOptions = Readonly<Record<string, unknown>>;

/**
 * The port of payload formats (DFA-FE). A payload on the wire of the exchange is a JSON value: of a textual format a string that holds the document, of a
 * binary one its base64url. Decoding gives the value that the feature's schema describes; encoding is its way back.
 */
export interface PayloadFormat {
  /** Its name in a profile; never changed. */
  readonly name: string;
  /** Media types that protocols know it by, the first one preferred. */
  readonly mediaTypes: readonly string[];
  /** Whether a document is bytes, a text, or a JSON value itself. */
  readonly carrier: 'binary' | 'text' | 'json';
  /**
   * Options, checked and completed with defaults.
   * @throws DomainError `validation-failed` with pointers into the options
   */
  read(options: unknown): FormatOptions;
  /**
   * The value of a document.
   * @throws FormatError when it is not one
   */
  decode(document: unknown, options: FormatOptions): unknown;
  /**
   * A document of the value.
   * @throws FormatError when the format cannot say it
   */
  encode(value: unknown, options: FormatOptions): unknown;
  /** What is lost when values of this schema are written in it and read again; empty when nothing is. */
  losses(schema: unknown, options: FormatOptions): readonly AdaptationLoss[];
}

/** What is wrong with a document or a value. */
export class FormatError extends Error {
  override readonly name = 'FormatError';

  constructor(
    readonly detail: string,
    /** RFC 6901 pointer into the value, or a place in the document in words. */
    readonly pointer?: string,
  ) {
    super(detail);
  }
}
