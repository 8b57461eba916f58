/**
 * The port of protocols by which a twin's documents reach the broker over a connection that the broker opens: as a client of the city's MQTT broker, of a
 * context broker, of the twin's own HTTP server. A document is acknowledged to the wire only after the sink has taken (or finally refused) it.
 */
import type { InboundDocument, SinkOutcome } from './message-sink.js';

/** Where to listen. */
export interface InboundBinding {
  /** Settings as {@link InboundProtocol.read} gave them. */
  readonly settings: unknown;
  /** Unsealed credentials by name (`username`, `password`, `token`, `clientKey`…); never logged. */
  readonly credentials: Readonly<Record<string, string>>;
  /** Stable name of the binding within the city: client ids, durable names and consumer groups are made of it. */
  readonly id: string;
}

/** Told of what the wire brings and how it fares. */
export interface InboundListener {
  /** Resolves when the document may be acknowledged, or given back (`later`). */
  received(document: Omit<InboundDocument, 'twin'>): Promise<SinkOutcome>;
  /** `lost`: the twin itself is known to be away (its last will). */
  changed(state: 'connecting' | 'connected' | 'disconnected' | 'lost', reason?: string): void;
}

/** An open way from one source. No method throws for what the source does; reconnecting is the session's own affair. */
export interface InboundSession {
  /** Takes nothing new, lets what is being taken end, and closes. */
  close(): Promise<void>;
}

/** One protocol, as a source. */
export interface InboundProtocol {
  /** Its name in a binding's configuration; never changed. */
  readonly name: string;
  /**
   * Settings, checked and completed with defaults.
   * @throws DomainError `validation-failed` with pointers into the settings
   */
  read(settings: unknown): Readonly<Record<string, unknown>>;
  /** Names of the credentials that it knows. */
  readonly credentials: readonly string[];
  /** What the wire cannot promise: possible duplicates, order not kept. Named in the plan. */
  losses(settings: unknown): readonly { readonly kind: string; readonly detail: string }[];
  open(binding: InboundBinding, listener: InboundListener): InboundSession;
}
