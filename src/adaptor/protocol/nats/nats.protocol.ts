import { Injectable } from '@nestjs/common';
import { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import type { ProtocolFacts, WireProtocol } from '../wire-protocol.js';
import { NatsInbound } from './nats-inbound.js';
import { NatsOutbound } from './nats-outbound.js';
import { NATS_INBOUND, NATS_OUTBOUND } from './nats-settings.js';

/** NATS, both ways, as a client of the city's server. */
@Injectable()
export class NatsProtocol implements WireProtocol {
  static readonly facts: ProtocolFacts = {
    name: 'nats',
    summary:
      'NATS: published to a JetStream stream that acknowledges; consumed by a durable consumer, acknowledged after acceptance. Or core NATS.',
    outbound: NATS_OUTBOUND,
    inbound: NATS_INBOUND,
  };

  readonly outbound: NatsOutbound;
  readonly inbound: NatsInbound;

  constructor(guard: OutboundGuard) {
    this.outbound = new NatsOutbound(guard);
    this.inbound = new NatsInbound(guard);
  }
}
