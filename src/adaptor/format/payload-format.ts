import type { AdaptationLoss } from '../plan/adaptation-plan.js';

/** Options of a format, as {@link PayloadFormat.read} gave them. */
export type FormatOptions = Readonly<Record<string, unknown>>;

/** A format made ready for one schema and one set of options: what runs per message. */
export interface PayloadCodec {
  /**
   * The value of a document. May change and keep the document, which nobody else holds.
   * @throws FormatError when it is not one
   */
  decode(document: unknown): unknown;
  /**
   * A document of the value. May change and keep the value, which nobody else holds.
   * @throws FormatError when the format cannot say it
   */
  encode(value: unknown): unknown;
}

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
   * Prepares the work on values of a schema, once per flow.
   * @param schema of the decoded value, as read from a profile; a format that writes no types (CSV, XML) reads them from it. Absent, nothing is known
   */
  compile(options: FormatOptions, schema?: unknown): PayloadCodec;
  /** {@link PayloadCodec.decode} of a single document, without a schema; a new codec each time. */
  decode(document: unknown, options: FormatOptions): unknown;
  /** {@link PayloadCodec.encode} of a single value, without a schema. */
  encode(value: unknown, options: FormatOptions): unknown;
  /**
   * What is lost when values of this schema are written in it and read again by a codec of the same schema and options; empty when nothing is. Pointers are
   * into the value, `*` standing for each element of an array. The kind `unwritable` says that values of this schema cannot be written at all.
   */
  losses(schema: unknown, options: FormatOptions): readonly AdaptationLoss[];
  /** What a document of others may say that does not get into the value; the other half of the way, for the side that writes the format. */
  unread(options: FormatOptions): readonly AdaptationLoss[];
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
