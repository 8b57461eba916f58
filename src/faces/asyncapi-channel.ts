import type { FrameDescription } from '../exchange/session/frame-schemas.js';

/** A JSON Schema. */
export type Schema = Record<string, unknown>;

/** A message of a channel. */
export interface AsyncMessage extends FrameDescription {
  /** Unless it is JSON. */
  readonly contentType?: string;
  /** Schema of the headers. */
  readonly headers?: Schema;
}

/** A way on which messages go without being asked for one by one, for the AsyncAPI document. */
export interface AsyncChannel {
  /** Name within the document. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** The path at the broker; null where the other side names the address. */
  readonly address: string | null;
  /** At which of the document's servers it is; absent where the broker connects to the other side. */
  readonly server?: 'websocket' | 'http';
  readonly parameters?: Readonly<Record<string, string>>;
  readonly bindings?: Schema;
  /** What the broker takes in, by name. */
  readonly receives?: Readonly<Record<string, AsyncMessage>>;
  /** What the broker sends, by name. */
  readonly sends?: Readonly<Record<string, AsyncMessage>>;
}
