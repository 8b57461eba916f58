import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { OutboundEndpoint } from '../../adaptor/protocol/outbound-protocol.js';
import { WireCredentials } from '../wire-credential/wire-credentials.js';
import { DeliveryKeys } from './delivery-keys.service.js';
import type { StoredEndpoint } from './endpoint.js';

/** Under which name credentials of deliveries are kept. */
export const DELIVERY_WIRE = 'delivery';

/** Puts together what a protocol needs to open a way to an endpoint. */
@Injectable()
export class EndpointOpenings {
  constructor(
    private readonly keys: DeliveryKeys,
    private readonly credentials: WireCredentials,
  ) {}

  /** @param purpose tells a session beside the one that delivers from it @throws SealBroken when it was sealed under another SECRET_KEY */
  async of({ receiver, organization, settings }: StoredEndpoint, purpose = 'out'): Promise<OutboundEndpoint> {
    return {
      settings,
      keys: await this.keys.signing(receiver, organization),
      credentials: await this.credentials.open({ twin: receiver, wire: DELIVERY_WIRE }, organization),
      id: `twinfed-${purpose}-${createHash('sha256').update(receiver).digest('hex').slice(0, 24)}`,
    };
  }
}
