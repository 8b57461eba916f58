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
  /** Where the source may bring documents by itself; absent when the protocol takes none, or the broker has no address to name. */
  readonly notifications?: NotificationAddress;
}

/** An address of this city's brokers at which a source brings documents by itself: whichever broker gets one takes it, whoever holds the session. */
export interface NotificationAddress {
  /** Names the address, and what the source keeps for it; of letters, digits, hyphens and underscores. Another source gets another one. */
  readonly id: string;
  readonly url: string;
  /** To be shown with whatever is brought, in the header {@link NOTIFICATION_SECRET_HEADER}. Never logged. */
  readonly secret: string;
  /** The same with the secret within it, for sources that can send no header. Never logged. */
  readonly secretUrl: string;
}

/** Header in which a source shows the secret of a {@link NotificationAddress}. */
export const NOTIFICATION_SECRET_HEADER = 'x-notification-secret';

/** How a protocol takes what a source brings by itself. */
export interface NotificationReader {
  /** Whether bindings with these settings are brought documents at all. */
  wants(settings: unknown): boolean;
  /**
   * The documents of what was brought, in its order.
   * @param text JSON
   * @throws DomainError `validation-failed` with pointers
   */
  read(text: string): readonly ReceivedDocument[];
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
  /**
   * Takes nothing new, lets what is being taken end, and closes.
   * @param goesOn whether another session of the same settings follows: what the source keeps for the binding stays there
   */
  close(goesOn?: boolean): Promise<void>;
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
  /** Of protocols whose sources may bring documents by themselves. */
  readonly notifications?: NotificationReader;
  /** Connects as the binding would and takes nothing. Must not disturb a session that is open under the same binding. */
  probe(binding: InboundBinding, signal: AbortSignal): Promise<Probe>;
}

/** What a wire cannot promise. */
export interface WireLoss {
  readonly kind: 'duplicates-possible' | 'order-not-kept' | 'gaps-possible';
  readonly detail: string;
}
