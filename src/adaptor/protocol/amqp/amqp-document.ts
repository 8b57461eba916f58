import type { ConsumeMessage } from 'amqplib';
import type { ReceivedDocument } from '../inbound-protocol.js';

const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
/** The last moment that a date can be, in seconds. */
const LAST_SECOND = 253_402_300_799;

/** A consumed message as a document: its properties are what the wire says of it. */
export function amqpDocument({ content, properties }: ConsumeMessage): ReceivedDocument {
  const { messageId, correlationId, contentType, timestamp, headers } = properties as unknown as Readonly<Record<string, unknown>>;
  const traceparent = (headers as Readonly<Record<string, unknown>> | undefined)?.['traceparent'];
  return {
    document: content,
    ...(isText(contentType) ? { mediaType: contentType } : {}),
    ...(isText(messageId) ? { identity: messageId } : {}),
    ...(isText(correlationId) ? { correlationId } : {}),
    ...(isSecond(timestamp) ? { observedAt: new Date(timestamp * 1_000).toISOString() } : {}),
    ...(isText(traceparent) && TRACEPARENT.test(traceparent) ? { traceparent } : {}),
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isSecond(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= LAST_SECOND;
}
