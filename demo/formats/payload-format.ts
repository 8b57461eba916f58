/** How a twin writes the payloads of its features, and reads those of its needs. It says so when it registers; the broker translates. */
export interface PayloadFormat {
  /** As the broker calls it. */
  readonly name: 'json' | 'ngsi-ld' | 'csv' | 'cbor';
  readonly options?: Readonly<Record<string, unknown>>;
  /** A value as it stands in a message, which is JSON: itself, a text, or the base64url of bytes. */
  payloadOf(value: unknown): unknown;
  /** The value that a payload of a message says. */
  valueOf(payload: unknown): unknown;
  /** A value as it goes over a wire by itself. */
  documentOf(value: unknown): string | Buffer;
}
