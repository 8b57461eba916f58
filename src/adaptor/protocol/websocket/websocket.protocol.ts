import { Injectable } from '@nestjs/common';
import { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import type { ProtocolFacts, WireProtocol } from '../wire-protocol.js';
import { WebSocketInbound } from './websocket-inbound.js';
import { WebSocketOutbound } from './websocket-outbound.js';
import { WEBSOCKET_CREDENTIALS, WEBSOCKET_INBOUND_SCHEMA, WEBSOCKET_OUTBOUND_SCHEMA } from './websocket-settings.js';

/** A client of a twin's WebSocket. */
@Injectable()
export class WebSocketProtocol implements WireProtocol {
  static readonly facts: ProtocolFacts = {
    name: 'websocket',
    summary: 'A client of the twin’s WebSocket: each delivery is a message, acknowledged by a pong or a frame; each message is a document.',
    outbound: {
      settings: WEBSOCKET_OUTBOUND_SCHEMA,
      example: { url: 'wss://twin.example.org/in', content: 'bytes' },
      credentials: WEBSOCKET_CREDENTIALS,
    },
    inbound: {
      settings: WEBSOCKET_INBOUND_SCHEMA,
      example: { url: 'wss://twin.example.org/out' },
      credentials: WEBSOCKET_CREDENTIALS,
    },
  };

  readonly outbound: WebSocketOutbound;
  readonly inbound: WebSocketInbound;

  constructor(guard: OutboundGuard) {
    this.outbound = new WebSocketOutbound(guard);
    this.inbound = new WebSocketInbound(guard);
  }
}
