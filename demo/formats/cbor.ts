import { Encoder } from 'cbor-x';
import type { PayloadFormat } from './payload-format.js';

/** Plain maps: without the records of `cbor-x`, which others do not read. */
const encoder = new Encoder({ useRecords: false });

/** RFC 8949. */
export class Cbor implements PayloadFormat {
  readonly name = 'cbor';

  payloadOf(value: unknown): string {
    return this.documentOf(value).toString('base64url');
  }

  valueOf(payload: unknown): unknown {
    return encoder.decode(Buffer.from(String(payload), 'base64url'));
  }

  documentOf(value: unknown): Buffer {
    return encoder.encode(value);
  }
}
