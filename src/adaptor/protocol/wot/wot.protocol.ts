import { Injectable } from '@nestjs/common';
import { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import type { ProtocolFacts, WireProtocol } from '../wire-protocol.js';
import { WotInbound } from './wot-inbound.js';
import { WotOutbound } from './wot-outbound.js';
import { WOT_INBOUND, WOT_OUTBOUND } from './wot-settings.js';

/** Things of the W3C Web of Things, consumed by their Thing Descriptions, both ways. */
@Injectable()
export class WotProtocol implements WireProtocol {
  static readonly facts: ProtocolFacts = {
    name: 'wot',
    summary:
      'A W3C Thing Description 1.1 is consumed: properties written and read, actions invoked; properties and events listened to, over HTTP and MQTT.',
    outbound: WOT_OUTBOUND,
    inbound: WOT_INBOUND,
  };

  readonly outbound: WotOutbound;
  readonly inbound: WotInbound;

  constructor(guard: OutboundGuard) {
    this.outbound = new WotOutbound(guard);
    this.inbound = new WotInbound(guard);
  }
}
