import { Injectable } from '@nestjs/common';
import { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import { HTTP_CREDENTIALS } from '../http-wire.js';
import type { ProtocolFacts, WireProtocol } from '../wire-protocol.js';
import { HttpInbound } from './http-inbound.js';
import { HttpOutbound } from './http-outbound.js';
import { HTTP_INBOUND_SCHEMA, HTTP_OUTBOUND_SCHEMA } from './http-settings.js';

/** Requests to a twin's own HTTP server. */
@Injectable()
export class HttpProtocol implements WireProtocol {
  static readonly facts: ProtocolFacts = {
    name: 'http',
    summary:
      'Outbound: each delivery is a request to the twin’s server, its answer the answer. Inbound: a resource is polled; each change is a document.',
    outbound: {
      settings: HTTP_OUTBOUND_SCHEMA,
      example: { url: 'https://twin.example.org/in', method: 'POST', content: 'payload' },
      credentials: HTTP_CREDENTIALS,
    },
    inbound: {
      settings: HTTP_INBOUND_SCHEMA,
      example: { url: 'https://twin.example.org/incidents', intervalMs: 60_000 },
      credentials: HTTP_CREDENTIALS,
    },
  };

  readonly outbound: HttpOutbound;
  readonly inbound: HttpInbound;

  constructor(guard: OutboundGuard) {
    this.outbound = new HttpOutbound(guard);
    this.inbound = new HttpInbound(guard);
  }
}
