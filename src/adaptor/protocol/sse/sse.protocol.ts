import { Injectable } from '@nestjs/common';
import { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import { HTTP_CREDENTIALS } from '../http-wire.js';
import type { ProtocolFacts, WireProtocol } from '../wire-protocol.js';
import { SSE_INBOUND_SCHEMA, SseInbound } from './sse-inbound.js';

/** A client of a twin's event stream. */
@Injectable()
export class SseProtocol implements WireProtocol {
  static readonly facts: ProtocolFacts = {
    name: 'sse',
    summary: 'A client of the twin’s event stream; each event is a document, and the broker goes on after the last one.',
    inbound: {
      settings: SSE_INBOUND_SCHEMA,
      example: { url: 'https://twin.example.org/events', events: ['incident'] },
      credentials: HTTP_CREDENTIALS,
    },
  };

  readonly inbound: SseInbound;

  constructor(guard: OutboundGuard) {
    this.inbound = new SseInbound(guard);
  }
}
