import { CoapProtocol } from './coap/coap.protocol.js';
import { HttpProtocol } from './http/http.protocol.js';
import type { InboundProtocol } from './inbound-protocol.js';
import { MqttProtocol } from './mqtt/mqtt.protocol.js';
import type { OutboundProtocol } from './outbound-protocol.js';
import { AmqpProtocol } from './amqp/amqp.protocol.js';
import { NatsProtocol } from './nats/nats.protocol.js';
import { WotProtocol } from './wot/wot.protocol.js';
import { NgsiLdProtocol } from './ngsi-ld/ngsi-ld.protocol.js';
import { SseProtocol } from './sse/sse.protocol.js';
import { WebSocketProtocol } from './websocket/websocket.protocol.js';
import { WebhookProtocol } from './webhook/webhook.protocol.js';
import type { ProtocolFacts, WireProtocol, WireProtocolClass } from './wire-protocol.js';

/** Every protocol that is offered: a new one adds its class here, and nothing else. */
export const WIRE_PROTOCOLS = [
  WebhookProtocol,
  HttpProtocol,
  SseProtocol,
  WebSocketProtocol,
  MqttProtocol,
  AmqpProtocol,
  NatsProtocol,
  NgsiLdProtocol,
  WotProtocol,
  CoapProtocol,
] as const satisfies readonly WireProtocolClass[];

/** What people have to know of each. */
export const WIRE_FACTS: readonly ProtocolFacts[] = WIRE_PROTOCOLS.map(({ facts }) => facts);

/** The protocols of one direction, by their names. */
class Direction<T extends { readonly name: string }> {
  private readonly byName: ReadonlyMap<string, T>;

  constructor(protocols: readonly (T | undefined)[]) {
    this.byName = new Map(protocols.flatMap((protocol) => (protocol === undefined ? [] : [[protocol.name, protocol] as const])));
  }

  /** Names of the protocols. */
  get names(): string[] {
    return [...this.byName.keys()];
  }

  /** A protocol by its name; undefined when it is not offered. */
  find(name: string): T | undefined {
    return this.byName.get(name);
  }
}

/** Protocols by which the broker brings messages to twins. */
export class OutboundProtocols extends Direction<OutboundProtocol> {}

/** Protocols by which the broker listens to twins. */
export class InboundProtocols extends Direction<InboundProtocol> {}

/** Providers of the protocols. */
export const WIRE_PROTOCOL_PROVIDERS = [
  ...WIRE_PROTOCOLS,
  {
    provide: OutboundProtocols,
    useFactory: (...protocols: WireProtocol[]) => new OutboundProtocols(protocols.map(({ outbound }) => outbound)),
    inject: [...WIRE_PROTOCOLS],
  },
  {
    provide: InboundProtocols,
    useFactory: (...protocols: WireProtocol[]) => new InboundProtocols(protocols.map(({ inbound }) => inbound)),
    inject: [...WIRE_PROTOCOLS],
  },
];
