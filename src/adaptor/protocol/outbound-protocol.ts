/**
 * The port of protocols by which the broker brings messages to a twin. A protocol knows nothing of leases, retries and circuits: it is given one
 * delivery at a time for one endpoint, possibly several at once, and says what came of it.
 */
import type { EndpointKey } from './endpoint-key.js';
import type { WireLoss } from './inbound-protocol.js';

/** A message on its way out, with what a receiver needs to know of the delivery. Times are RFC 3339, UTC. */
export interface OutboundDelivery {
  /** The same in every attempt, unique within the receiving inbox; base64url. */
  readonly deliveryId: string;
  /** Unique per sender. */
  readonly messageId: string;
  readonly sender: string;
  readonly receiver: string;
  /** What it is about, as `<action>` of the vocabulary; `PING` of a test. */
  readonly action: string;
  /** Name or id of the object, if it has one. */
  readonly subject?: string;
  readonly acceptedAt: string;
  readonly expiresAt: string;
  /** Until when an answer is awaited; only of a REQUEST. */
  readonly answerBy?: string;
  /** From 1. */
  readonly attempt: number;
  readonly redelivered: boolean;
  readonly replayed: boolean;
  /** How long the broker waits at least before it may deliver the message again. */
  readonly leasedUntil: string;
  /** Grows whenever another broker takes over the endpoint: a receiver that has seen a greater one may refuse a smaller. */
  readonly fence: number;
  readonly traceparent?: string;
  /** The message as JSON text, to be handed on untouched. */
  readonly text: string;
}

/**
 * Whose fault it is that a delivery did not succeed. `not-taken`: the endpoint cannot have dealt with the message (it was not reached, or it asked to
 * wait). `endpoint`: it may have (it failed, or fell silent). `message`: it is well and refuses this message.
 */
export type SendFault = 'not-taken' | 'endpoint' | 'message';

/** What came of a delivery. */
export type SendOutcome =
  | {
      readonly kind: 'accepted';
      /** What the endpoint answered at once, if it is a JSON text that was received whole. */
      readonly answer?: string;
      /** The same where the endpoint speaks of results alone, not of messages: the outcome of the function, as the wire gave it. */
      readonly result?: { readonly document: unknown; readonly mediaType?: string };
    }
  | {
      readonly kind: 'retry';
      readonly fault: SendFault;
      /** In words, without anything secret. */
      readonly reason: string;
      /** For how long the endpoint asked to be left alone, in milliseconds; bounded by the protocol. */
      readonly afterMs?: number;
    }
  /** The endpoint wants nothing any more. */
  | { readonly kind: 'gone'; readonly reason: string };

/** Whether the endpoint agrees to be delivered to. */
export type Verification = { readonly kind: 'agreed' } | { readonly kind: 'refused'; readonly reason: string };

/** Where to deliver. */
export interface OutboundEndpoint {
  /** Settings as {@link OutboundProtocol.read} gave them. */
  readonly settings: unknown;
  /** Every delivery is signed with each of these, where the protocol can. */
  readonly keys: readonly EndpointKey[];
  /** Unsealed credentials by name; never logged. Absent: none. */
  readonly credentials?: Readonly<Record<string, string>>;
  /** Stable name of the endpoint within the city, of at most 40 letters, digits and hyphens: client ids are made of it. */
  readonly id?: string;
}

/** An open way to one endpoint. No method throws for what the endpoint does; connections are made when there is something to send. */
export interface OutboundSession {
  /** Asks the endpoint whether it agrees; before it does, nothing is sent. */
  verify(signal?: AbortSignal): Promise<Verification>;
  /** Delivers; at most the endpoint's timeout long. Aborted, it gives up as it would at the timeout. */
  send(delivery: OutboundDelivery, signal?: AbortSignal): Promise<SendOutcome>;
  /** Gives up what is open. What is being sent is over soon after. */
  close(): Promise<void>;
}

/** One protocol. */
export interface OutboundProtocol {
  /** Its name in an endpoint's configuration; never changed. */
  readonly name: string;
  /**
   * Settings, checked and completed with defaults.
   * @throws DomainError `validation-failed` with pointers into the settings
   */
  read(settings: unknown): Readonly<Record<string, unknown>>;
  /** Names of the credentials that it knows; absent: none. */
  readonly credentials?: readonly string[];
  /** How many deliveries may be on their way to the endpoint at once, and how long each may take, in milliseconds. */
  limits(settings: unknown): { readonly maxInFlight: number; readonly timeoutMs: number };
  /** What the wire cannot promise beyond what holds for all: that a delivery may come again, under the same id. Named in the plan. */
  losses(settings: unknown): readonly WireLoss[];
  open(endpoint: OutboundEndpoint): OutboundSession;
}
