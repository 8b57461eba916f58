import type { TwinId } from '../../kernel/ids.js';

/** What a twin said by a protocol that the broker listens to, before it is a message. */
export interface InboundDocument {
  /** Whose it is: the twin of the binding. */
  readonly twin: TwinId;
  /** The data feature that it is a value of, or the whole message when it brings its own envelope. */
  readonly feature?: string;
  /** The document as the wire gave it: bytes or a text, to be read as the feature's format says, or a JSON value of another kind than text. */
  readonly document: unknown;
  /** How it is written, when the wire says so. */
  readonly mediaType?: string;
  /** The same for every delivery of the same document, unique within the binding; absent when the wire gives no identity: duplicates are possible then. */
  readonly identity?: string;
  /** What must keep its order among documents of the binding; absent, everything does. */
  readonly orderingKey?: string;
  /** RFC 3339; when it was observed, if the wire says so. */
  readonly observedAt?: string;
  /** `deliveryId` of the REQUEST that it answers, if the wire says so. */
  readonly correlationId?: string;
  readonly traceparent?: string;
}

/** What became of a document. `taken`: it is durable, or was before. `refused`: it never will be, for this reason. `later`: not now. */
export type SinkOutcome =
  | { readonly kind: 'taken'; readonly messageId: string; readonly repeated: boolean }
  | { readonly kind: 'refused'; readonly reason: string; readonly code: string }
  | { readonly kind: 'later'; readonly afterMs: number };

/** Where inbound documents enter the exchange; implemented there. */
export interface MessageSink {
  /**
   * Takes a document; never throws.
   * @param placed called once its place in order is sure: what is taken after that comes after it. Not called when the outcome is not `taken`.
   */
  take(document: InboundDocument, placed?: () => void): Promise<SinkOutcome>;
}

/** Token of the {@link MessageSink}. */
export const MESSAGE_SINK = Symbol('MessageSink');
