import { Injectable } from '@nestjs/common';
import { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import type { ProtocolFacts, WireProtocol } from '../wire-protocol.js';
import { AmqpInbound } from './amqp-inbound.js';
import { AmqpOutbound } from './amqp-outbound.js';
import { AMQP_INBOUND, AMQP_OUTBOUND } from './amqp-settings.js';

/** AMQP 0.9.1, both ways, as a client of the city's server. */
@Injectable()
export class AmqpProtocol implements WireProtocol {
  static readonly facts: ProtocolFacts = {
    name: 'amqp',
    summary: 'AMQP 0.9.1 (RabbitMQ): published with confirms and mandatory; consumed with acknowledgements after acceptance.',
    outbound: AMQP_OUTBOUND,
    inbound: AMQP_INBOUND,
  };

  readonly outbound: AmqpOutbound;
  readonly inbound: AmqpInbound;

  constructor(guard: OutboundGuard) {
    this.outbound = new AmqpOutbound(guard);
    this.inbound = new AmqpInbound(guard);
  }
}
