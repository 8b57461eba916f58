import { createHash } from 'node:crypto';
import type { InboundDocument } from '../../adaptor/protocol/message-sink.js';
import type { DirectoryTwin } from '../../registry/twin-directory.js';
import type { FeatureSpec } from '../../registry/twin.js';
import { readInstant } from '../../registry/instant.js';
import { DomainError } from '../../problems/domain-error.js';
import { type Envelope, envelopeText, type MessageData, type MessageHeader, spliceMessage } from '../../vocabulary/envelope.js';
import { traceparentOf } from '../message/trace-context.js';
import { type Carrier, jsonOf, payloadText } from './inbound-payload.js';

/** The longest text that stands in a header as it is. */
const MAX_KEY = 128;
const VERSION = '1.0';

/** A REQUEST that a document answers. */
export interface AnsweredRequest {
  readonly header: Pick<MessageHeader, 'messageId' | 'sender' | 'connectionId' | 'federationId'>;
  readonly data: Pick<MessageData, 'action' | 'object'>;
}

/** What a document became. */
export interface InboundMessage {
  readonly text: string;
  /** The id that was made of what it says, if one was: when it is known already, it is of the same document. */
  readonly messageId?: string;
}

/** A value of the feature, published. @throws DomainError, JsonTextError when the document is not what the format wants */
export function publicationOf(
  document: InboundDocument,
  twin: DirectoryTwin,
  feature: FeatureSpec,
  carrier: Carrier,
  now: number,
): InboundMessage {
  const payload = payloadText(document.document, carrier, document.mediaType);
  const observedAt = document.observedAt !== undefined && readInstant(document.observedAt) !== undefined ? document.observedAt : undefined;
  const data: MessageData = {
    ...(observedAt === undefined ? {} : { observedAt }),
    action: 'NOTIFY',
    object: { type: 'data', id: feature.name },
  };
  return spoken(document, { header: headerOf(document, twin, 'NOTIFICATION', payload, now), data }, payload);
}

/** The RESPONSE to a REQUEST, with a successful outcome. @throws as {@link publicationOf} */
export function answerOf(
  document: InboundDocument,
  twin: DirectoryTwin,
  request: AnsweredRequest,
  carrier: Carrier,
  now: number,
): InboundMessage {
  const payload = payloadText(document.document, carrier, document.mediaType);
  const { connectionId, federationId, messageId, sender } = request.header;
  const header: MessageHeader = {
    ...headerOf(document, twin, 'RESPONSE', payload, now),
    correlationId: messageId,
    receiver: sender,
    ...(connectionId === undefined ? {} : { connectionId }),
    ...(federationId === undefined ? {} : { federationId }),
  };
  const data: MessageData = { action: request.data.action, object: request.data.object, status: { code: 'OK' } };
  return spoken(document, { header, data }, payload);
}

/** A document that is a whole message; the broker reads it as it would from anybody. @throws DomainError, JsonTextError when it is not JSON */
export function wholeMessageOf(document: InboundDocument): InboundMessage {
  return { text: jsonOf(document.document, document.mediaType) };
}

/** Whether a document looks like a whole message rather than a payload. */
export function isWholeMessage(document: InboundDocument): boolean {
  try {
    const value: unknown = JSON.parse(jsonOf(document.document, document.mediaType));
    return typeof value === 'object' && value !== null && 'header' in value && 'data' in value;
  } catch {
    return false;
  }
}

function headerOf(
  document: InboundDocument,
  twin: DirectoryTwin,
  messageType: MessageHeader['messageType'],
  payload: string,
  now: number,
): MessageHeader {
  const { identity, orderingKey } = document;
  const traceparent = traceparentOf(document.traceparent);
  return {
    // Made of what it says as well: a source that uses an identity twice loses nothing.
    messageId: identity === undefined ? '' : `wire-${digest(`${identity}\0${document.correlationId ?? ''}\0${payload}`)}`,
    version: VERSION,
    messageType,
    sender: { id: twin.id, role: 'DT' },
    timestamp: new Date(now).toISOString(),
    ...(orderingKey === undefined ? {} : { orderingKey: orderingKey.length <= MAX_KEY ? orderingKey : digest(orderingKey) }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}

function spoken(document: InboundDocument, { header, data }: Envelope, payload: string): InboundMessage {
  const { messageId, timestamp, ...rest } = header;
  const isNamed = document.identity !== undefined;
  const envelope = { header: isNamed ? { messageId, timestamp, ...rest } : rest, data } as Envelope;
  return { text: spliceMessage(envelopeText(envelope), payload), ...(isNamed ? { messageId } : {}) };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** @throws DomainError `not-found` */
export function featureOf(twin: DirectoryTwin, name: string): FeatureSpec {
  const feature = twin.features.find((each) => each.kind === 'data' && each.name === name);
  if (feature === undefined) throw new DomainError('not-found', `${twin.id} has no data feature ${name}.`);
  return feature;
}
