import { CborFormat } from './cbor/cbor.format.js';
import { CsvFormat } from './csv/csv.format.js';
import { JsonFormat } from './json/json.format.js';
import { NgsiLdConciseFormat } from './ngsi-ld-concise/ngsi-ld-concise.format.js';
import { NgsiLdKeyValuesFormat } from './ngsi-ld-key-values/ngsi-ld-key-values.format.js';
import { NgsiLdFormat } from './ngsi-ld/ngsi-ld.format.js';
import type { PayloadFormat } from './payload-format.js';
import { SenmlFormat } from './senml/senml.format.js';
import { XmlFormat } from './xml/xml.format.js';

/** Every format that is offered: a new one adds its class here, and nothing else. */
export const PAYLOAD_FORMATS = [
  JsonFormat,
  NgsiLdFormat,
  NgsiLdConciseFormat,
  NgsiLdKeyValuesFormat,
  CsvFormat,
  XmlFormat,
  CborFormat,
  SenmlFormat,
] as const;

/** The formats by their names and media types. */
export class PayloadFormats {
  private readonly byName: ReadonlyMap<string, PayloadFormat>;
  private readonly byMediaType: ReadonlyMap<string, PayloadFormat>;

  constructor(formats: readonly PayloadFormat[] = PAYLOAD_FORMATS.map((Format) => new Format())) {
    this.byName = new Map(formats.map((format) => [format.name, format]));
    // Of two formats with one media type, the one that stands first is meant.
    this.byMediaType = new Map(formats.toReversed().flatMap((format) => format.mediaTypes.map((type) => [type, format])));
  }

  /** Names of the formats. */
  get names(): string[] {
    return [...this.byName.keys()];
  }

  /** A format by its name; undefined when it is not offered. */
  find(name: string): PayloadFormat | undefined {
    return this.byName.get(name);
  }

  /** A format by a media type, whose parameters and case do not matter. */
  findByMediaType(mediaType: string): PayloadFormat | undefined {
    return this.byMediaType.get((mediaType.split(';', 1)[0] ?? '').trim().toLowerCase());
  }
}
