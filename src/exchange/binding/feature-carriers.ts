import { Injectable } from '@nestjs/common';
import type { FeatureSpec } from '../../registry/twin.js';
import type { Carrier } from './inbound-payload.js';

/** Tells of what the format of a feature is made. */
@Injectable()
export class FeatureCarriers {
  /** Of a feature without a format, or of none: JSON. */
  of(_feature: FeatureSpec | undefined): Carrier {
    return 'json';
  }
}
