import { CompiledFormat } from '../compiled-format.js';
import { checkJsonValue } from '../json-value.js';
import { OptionsReader } from '../options-reader.js';
import type { FormatOptions, PayloadCodec } from '../payload-format.js';

const CODEC: PayloadCodec = {
  decode: (document) => document,
  encode(value) {
    checkJsonValue(value);
    return value;
  },
};

/** JSON (RFC 8259): the document is the value itself. Nothing is lost. */
export class JsonFormat extends CompiledFormat {
  readonly name = 'json';
  readonly mediaTypes = ['application/json'];
  readonly carrier = 'json';

  read(options: unknown): FormatOptions {
    return new OptionsReader(this.name, options).done({});
  }

  compile(): PayloadCodec {
    return CODEC;
  }

  losses(): readonly [] {
    return [];
  }
}
