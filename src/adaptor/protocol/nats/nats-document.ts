import type { JsMsg, Msg } from 'nats';
import type { ReceivedDocument } from '../inbound-protocol.js';

const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** A message as a document: its headers are what the wire says of it. @param place by which the stream knows it, when a stream keeps it */
export function natsDocument({ data, headers }: Msg | JsMsg, place?: string): ReceivedDocument {
  const header = (name: string): string | undefined => {
    const value = headers?.get(name);
    return value === undefined || value === '' ? undefined : value;
  };
  const identity = header('Nats-Msg-Id') ?? place;
  const mediaType = header('Content-Type');
  const correlationId = header('correlation-id');
  const traceparent = header('traceparent');
  return {
    document: Buffer.from(data),
    ...(mediaType === undefined ? {} : { mediaType }),
    ...(identity === undefined ? {} : { identity }),
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(traceparent !== undefined && TRACEPARENT.test(traceparent) ? { traceparent } : {}),
  };
}
