import type { AbstractDocument } from './settings-reader.js';
import type { InboundProtocol } from './inbound-protocol.js';
import type { OutboundProtocol } from './outbound-protocol.js';

/** What people have to know of one direction of a protocol. */
export interface DirectionFacts {
  /** JSON Schema of the settings: it documents them and checks them. */
  readonly settings: AbstractDocument;
  /** Settings that work, for the documentation. */
  readonly example: Readonly<Record<string, unknown>>;
  /** Names of the credentials that it knows, and what each is. */
  readonly credentials: Readonly<Record<string, string>>;
}

/** What people have to know of a protocol. */
export interface ProtocolFacts {
  /** Its name in configurations; never changed. */
  readonly name: string;
  readonly summary: string;
  readonly outbound?: DirectionFacts;
  readonly inbound?: DirectionFacts;
}

/** A protocol in the directions that it has. */
export interface WireProtocol {
  readonly outbound?: OutboundProtocol;
  readonly inbound?: InboundProtocol;
}

/** The class of a protocol: what its instances can do is known without one. */
export interface WireProtocolClass {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what Nest injects differs from protocol to protocol
  new (...dependencies: any[]): WireProtocol;
  readonly facts: ProtocolFacts;
}
