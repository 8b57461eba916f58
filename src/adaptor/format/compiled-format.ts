import type { AdaptationLoss } from '../plan/adaptation-plan.js';
import type { FormatOptions, PayloadCodec, PayloadFormat } from './payload-format.js';

/** What every format has in common: single documents go through a codec made for them. */
export abstract class CompiledFormat implements PayloadFormat {
  abstract readonly name: string;
  abstract readonly mediaTypes: readonly string[];
  abstract readonly carrier: 'binary' | 'text' | 'json';
  abstract read(options: unknown): FormatOptions;
  abstract compile(options: FormatOptions, schema?: unknown): PayloadCodec;
  abstract losses(schema: unknown, options: FormatOptions): readonly AdaptationLoss[];

  decode(document: unknown, options: FormatOptions): unknown {
    return this.compile(options).decode(document);
  }

  encode(value: unknown, options: FormatOptions): unknown {
    return this.compile(options).encode(value);
  }

  unread(_options: FormatOptions): readonly AdaptationLoss[] {
    return [];
  }
}
