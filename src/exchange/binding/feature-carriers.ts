import { Injectable } from '@nestjs/common';
import { PayloadFormats } from '../../adaptor/format/payload-formats.js';
import type { FeatureSpec } from '../../registry/twin.js';
import type { Carrier } from './inbound-payload.js';

/** Tells of what the format of a feature is made. */
@Injectable()
export class FeatureCarriers {
  private readonly formats = new PayloadFormats();

  /** Of a feature without a format: JSON. */
  of(feature: FeatureSpec | undefined): Carrier {
    return this.formats.find(feature?.format ?? 'json')?.carrier ?? 'json';
  }
}
