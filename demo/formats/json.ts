import type { PayloadFormat } from './payload-format.js';

/** The payload is the value. */
export class Json implements PayloadFormat {
  readonly name = 'json';

  payloadOf(value: unknown): unknown {
    return value;
  }

  valueOf(payload: unknown): unknown {
    return payload;
  }

  documentOf(value: unknown): string {
    return JSON.stringify(value);
  }
}
