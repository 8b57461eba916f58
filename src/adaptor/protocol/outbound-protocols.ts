import type { OutboundProtocol } from './outbound-protocol.js';
import { WebhookProtocol } from './webhook/webhook.protocol.js';

/** Every protocol that is offered: a new one adds its class here, and nothing else. */
export const OUTBOUND_PROTOCOLS = [WebhookProtocol] as const;

/** The protocols by their names. */
export class OutboundProtocols {
  private readonly byName: ReadonlyMap<string, OutboundProtocol>;

  constructor(protocols: readonly OutboundProtocol[]) {
    this.byName = new Map(protocols.map((protocol) => [protocol.name, protocol]));
  }

  /** Names of the protocols. */
  get names(): string[] {
    return [...this.byName.keys()];
  }

  /** A protocol by its name; undefined when it is not offered. */
  find(name: string): OutboundProtocol | undefined {
    return this.byName.get(name);
  }
}

/** Providers of the protocols. */
export const OUTBOUND_PROTOCOL_PROVIDERS = [
  ...OUTBOUND_PROTOCOLS,
  {
    provide: OutboundProtocols,
    useFactory: (...protocols: OutboundProtocol[]) => new OutboundProtocols(protocols),
    inject: [...OUTBOUND_PROTOCOLS],
  },
];
