import type { RequestKey } from '../log/log-reader.js';
import type { IncomingMessage } from './incoming-message.js';

/** What the sender of an accepted message is told. */
export interface Receipt {
  messageId: string;
  sender: string;
  acceptedAt: Date;
  /** Whether the message had been accepted before; nothing was stored again. */
  repeated: boolean;
  /** Of a REQUEST: how to find its answer. */
  request?: RequestKey;
  /** Of a REQUEST that another twin is to answer: until when. */
  deadline?: Date;
  /** The receiver is in maintenance until then: the message waits in its inbox. */
  receiverBackAt?: Date;
  /** The trace that the message belongs to (W3C `traceparent`). */
  traceparent?: string;
  /** There when the payload came by reference: it was not held against the schema of the feature. */
  payloadChecked?: false;
}

/** What of the message itself is told. */
export function alsoTold({ envelope }: IncomingMessage): Pick<Receipt, 'traceparent' | 'payloadChecked'> {
  const { traceparent } = envelope.header;
  return {
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(envelope.data.payloadRef === undefined ? {} : { payloadChecked: false as const }),
  };
}
