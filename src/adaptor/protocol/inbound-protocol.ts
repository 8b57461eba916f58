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
  /** Stable name of the binding within the city, of at most 40 letters, digits and hyphens: client ids, durable names and consumer groups are made of it. */
  readonly id: string;
  /** Where to go on: the `position` of the last document that was dealt with. Absent at first, and when the source is another one. */
  readonly position?: string;
}

/** A document as the wire brings it. */
export interface ReceivedDocument extends Omit<InboundDocument, 'twin' | 'feature'> {
  /** Where the source is after this document, for wires that are asked for what comes after: at most 1,000 characters, kept with the binding. */
  readonly position?: string;
}

/**
 * How a wire fares. `disconnected`: it is tried again by itself. `lost`: the twin itself is known to be away (its last will), while the wire may well stand;
 * `returned`: it is there again, which every live document of it says as well.
 */
export type WireNews = 'connecting' | 'connected' | 'disconnected' | 'lost' | 'returned';

/** Told of what the wire brings and how it fares. Nothing here throws. */
export interface InboundListener {
  /**
   * Resolves when the document may be acknowledged (`taken`, `refused`); until then it is tried again by whoever listens, in order per `orderingKey`. `later`
   * comes only when the session is being closed: the document is to be given back, or left unacknowledged.
   */
  received(document: ReceivedDocument): Promise<SinkOutcome>;
  /** @param reason in words, without anything secret */
  changed(news: WireNews, reason?: string): void;
}

/** An open way from one source. No method throws for what the source does; reconnecting is the session's own affair. */
export interface InboundSession {
  /** Takes nothing new, lets what is being taken end, and closes. */
  close(): Promise<void>;
}

/** What came of an attempt to connect. */
export type Probe = { readonly kind: 'reached' } | { readonly kind: 'failed'; readonly reason: string };

/** One protocol, as a source. */
export interface InboundProtocol {
  /** Its name in a binding's configuration; never changed. */
  readonly name: string;
  /** Names of the credentials that it knows. */
  readonly credentials: readonly string[];
  /**
   * Settings, checked and completed with defaults.
   * @throws DomainError `validation-failed` with pointers into the settings
   */
  read(settings: unknown): Readonly<Record<string, unknown>>;
  /** What the wire cannot promise: possible duplicates, order not kept. Named in the plan. */
  losses(settings: unknown): readonly WireLoss[];
  /** Begins to listen; connects by itself, again and again. */
  open(binding: InboundBinding, listener: InboundListener): InboundSession;
  /** Connects as the binding would and takes nothing. Must not disturb a session that is open under the same binding. */
  probe(binding: InboundBinding, signal: AbortSignal): Promise<Probe>;
}

/** What a wire cannot promise. */
export interface WireLoss {
  readonly kind: 'duplicates-possible' | 'order-not-kept' | 'gaps-possible';
  readonly detail: string;
}
