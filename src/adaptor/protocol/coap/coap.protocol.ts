import { Injectable } from '@nestjs/common';
import { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import type { ProtocolFacts, WireProtocol } from '../wire-protocol.js';
import { CoapInbound } from './coap-inbound.js';
import { CoapOutbound } from './coap-outbound.js';
import { COAP_INBOUND_SCHEMA, COAP_OUTBOUND_SCHEMA } from './coap-settings.js';

/** Requests to a constrained twin, and its resources observed. */
@Injectable()
export class CoapProtocol implements WireProtocol {
  static readonly facts: ProtocolFacts = {
    name: 'coap',
    summary:
      'Constrained twins over UDP, without DTLS: each delivery is a confirmable request; an observed resource’s changes are documents.',
    outbound: { settings: COAP_OUTBOUND_SCHEMA, example: { url: 'coap://twin.example.org/in', content: 'bytes' }, credentials: {} },
    inbound: { settings: COAP_INBOUND_SCHEMA, example: { url: 'coap://twin.example.org/state' }, credentials: {} },
  };

  readonly outbound: CoapOutbound;
  readonly inbound: CoapInbound;

  constructor(guard: OutboundGuard) {
    this.outbound = new CoapOutbound(guard);
    this.inbound = new CoapInbound(guard);
  }
}
