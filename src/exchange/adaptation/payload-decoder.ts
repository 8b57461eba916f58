import { Injectable } from '@nestjs/common';
import { FormatError, type PayloadCodec } from '../../adaptor/format/payload-format.js';
import { PayloadFormats } from '../../adaptor/format/payload-formats.js';
import { DomainError } from '../../problems/domain-error.js';

/** How a twin speaks of a feature, or wants to: what of it concerns the format. */
export interface SpokenForm {
  readonly name: string;
  /** Absent: `json`. */
  readonly format?: string;
  readonly formatOptions?: Readonly<Record<string, unknown>>;
}

/** A payload as it came. */
export interface SentPayload {
  readonly text: string;
  readonly value: unknown;
}

/** Whether payloads of this form have to be decoded before a schema can be held against them. */
export function isEncoded({ format }: SpokenForm): boolean {
  return format !== undefined && format !== 'json';
}

/** Decodes what twins send in a format other than JSON. A codec is made once for as long as whoever holds the form remembers it. */
@Injectable()
export class PayloadDecoder {
  private readonly formats = new PayloadFormats();
  private readonly codecs = new WeakMap<SpokenForm, Map<unknown, PayloadCodec>>();

  /**
   * The value that the schema of the form describes.
   * @throws DomainError `payload-invalid` when the payload is not of the format
   */
  decode(form: SpokenForm, schema: unknown, payload: SentPayload): unknown {
    const { codec, isJson } = this.codec(form, schema);
    try {
      // What is JSON itself may be changed by decoding: it works on a copy.
      const document: unknown = isJson ? JSON.parse(payload.text) : payload.value;
      // Numbers beyond a double become what the schema's checker knows.
      return JSON.parse(JSON.stringify(codec.decode(document) ?? null)) as unknown;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      const pointer = `/data/payload${isJson && error.pointer?.startsWith('/') === true ? error.pointer : ''}`;
      const place = error.pointer === undefined || error.pointer === '' ? '' : ` (${error.pointer})`;
      throw new DomainError('payload-invalid', `The payload of ${form.name} is not ${form.format ?? 'json'}: ${error.detail}${place}.`, {
        pointer,
        errors: [{ pointer, detail: `is not ${form.format ?? 'json'}: ${error.detail}${place}` }],
        cause: error,
      });
    }
  }

  private codec(form: SpokenForm, schema: unknown): { codec: PayloadCodec; isJson: boolean } {
    const format = this.formats.find(form.format ?? 'json');
    if (format === undefined) {
      throw new DomainError('adaptation-unsupported', `This broker does not know the format ${form.format ?? ''} of ${form.name}.`);
    }
    const known = this.codecs.get(form) ?? new Map<unknown, PayloadCodec>();
    const codec = known.get(schema) ?? format.compile(format.read(form.formatOptions), schema);
    known.set(schema, codec);
    this.codecs.set(form, known);
    return { codec, isJson: format.carrier === 'json' };
  }
}
