import { Injectable } from '@nestjs/common';
import { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import type { ProtocolFacts, WireProtocol } from '../wire-protocol.js';
import { NgsiLdInbound } from './ngsi-ld-inbound.js';
import { NgsiLdOutbound } from './ngsi-ld-outbound.js';
import { NGSI_LD_INBOUND, NGSI_LD_OUTBOUND } from './ngsi-ld-settings.js';

/** A context broker of NGSI-LD, both ways, as its client. */
@Injectable()
export class NgsiLdProtocol implements WireProtocol {
  static readonly facts: ProtocolFacts = {
    name: 'ngsi-ld',
    summary:
      'A context broker: entities are upserted, created, updated and retrieved; it is subscribed to, or asked again and again, and what changed is brought.',
    outbound: NGSI_LD_OUTBOUND,
    inbound: NGSI_LD_INBOUND,
  };

  readonly outbound: NgsiLdOutbound;
  readonly inbound: NgsiLdInbound;

  constructor(guard: OutboundGuard) {
    this.outbound = new NgsiLdOutbound(guard);
    this.inbound = new NgsiLdInbound(guard);
  }
}
