import type { EndpointKey } from '../endpoint-key.js';
import type { WireLoss } from '../inbound-protocol.js';
import type { OutboundDelivery } from '../outbound-protocol.js';
import { signatureHeaders } from '../webhook/webhook-signature.js';

/** Headers of a message on a wire that has some: what a receiver needs to know of the delivery, and the signatures (Standard Webhooks). */
export function deliveryProperties(delivery: OutboundDelivery, content: Buffer, keys: readonly EndpointKey[]): Record<string, string> {
  return {
    'delivery-id': delivery.deliveryId,
    'message-id': delivery.messageId,
    sender: delivery.sender,
    receiver: delivery.receiver,
    action: delivery.action,
    ...(delivery.subject === undefined ? {} : { subject: delivery.subject }),
    'accepted-at': delivery.acceptedAt,
    'expires-at': delivery.expiresAt,
    ...(delivery.answerBy === undefined ? {} : { 'answer-by': delivery.answerBy }),
    attempt: String(delivery.attempt),
    redelivered: String(delivery.redelivered),
    ...(delivery.replayed ? { replayed: 'true' } : {}),
    fence: String(delivery.fence),
    ...(delivery.traceparent === undefined ? {} : { traceparent: delivery.traceparent }),
    ...(keys.length === 0 ? {} : signatureHeaders(delivery.deliveryId, Math.floor(Date.now() / 1_000), content, keys)),
  };
}

const PLACE = /\{([^{}]*)\}/g;
const PLACES = ['receiver', 'sender', 'action', 'subject'] as const;

/** What is wrong with a template; undefined when nothing is. */
export function faultOfTemplate(template: string): string | undefined {
  const unknown = [...template.matchAll(PLACE)].find(([, name = '']) => !PLACES.some((place) => place === name));
  if (unknown !== undefined) return `must name no other places than ${PLACES.map((place) => `{${place}}`).join(', ')}`;
  return /[{}]/.test(template.replaceAll(PLACE, '')) ? 'must close its braces' : undefined;
}

/** A template filled with what it names of the delivery. @param encode makes a value fit the wire */
export function filledTemplate(template: string, delivery: OutboundDelivery, encode: (value: string) => string): string {
  return template.replaceAll(PLACE, (_, name: (typeof PLACES)[number]) => encode(delivery[name] ?? ''));
}

/**
 * The loss of a template that sends messages of one key different ways: message brokers keep the order of each, not that between them.
 * @param ways what they are called
 */
export function orderBetween(template: string, ways: string): readonly WireLoss[] {
  if (!/\{(action|subject|messageId|deliveryId)\}/.test(template)) return [];
  return [{ kind: 'order-not-kept', detail: `${template} gives messages of one key different ${ways}, between which there is no order` }];
}
