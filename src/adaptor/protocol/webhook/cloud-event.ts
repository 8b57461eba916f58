import type { OutboundDelivery } from '../outbound-protocol.js';

/** What is sent of a delivery: headers and body. */
export interface EventRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Structured: one JSON document; binary: the attributes as headers, the message as body. */
export const EVENT_FORMATS = ['structured', 'binary'] as const;
export type EventFormat = (typeof EVENT_FORMATS)[number];

/** CloudEvents attributes; the names of extensions are lower case without separators, as the specification wants them. */
function attributes(delivery: OutboundDelivery): Record<string, string | number | boolean> {
  const type = delivery.action === 'PING' ? 'org.twinfed.ping.v1' : `org.twinfed.message.${delivery.action.toLowerCase()}.v1`;
  return {
    specversion: '1.0',
    id: delivery.messageId,
    source: delivery.sender,
    type,
    ...(delivery.subject === undefined ? {} : { subject: delivery.subject }),
    time: delivery.acceptedAt,
    datacontenttype: 'application/json',
    deliveryid: delivery.deliveryId,
    receiver: delivery.receiver,
    attempt: delivery.attempt,
    redelivered: delivery.redelivered,
    ...(delivery.replayed ? { replayed: true } : {}),
    leaseduntil: delivery.leasedUntil,
    expiresat: delivery.expiresAt,
    ...(delivery.answerBy === undefined ? {} : { answerby: delivery.answerBy }),
    fence: delivery.fence,
    ...(delivery.traceparent === undefined ? {} : { traceparent: delivery.traceparent }),
  };
}

/** The delivery as a CloudEvent 1.0 over HTTP; the message's text goes in as it is. */
export function cloudEvent(delivery: OutboundDelivery, format: EventFormat): EventRequest {
  const context = attributes(delivery);
  switch (format) {
    case 'structured':
      return {
        headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' },
        body: Buffer.from(`${JSON.stringify(context).slice(0, -1)},"data":${delivery.text}}`),
      };
    case 'binary': {
      const { datacontenttype, ...others } = context;
      const headers = Object.entries(others).map(([name, value]) => [`ce-${name}`, headerText(String(value))]);
      return {
        headers: { 'content-type': String(datacontenttype), ...(Object.fromEntries(headers) as Record<string, string>) },
        body: Buffer.from(delivery.text),
      };
    }
  }
}

/** Percent-encodes what the HTTP binding of CloudEvents (§3.1.3.2) does not let stand in a header: space, `"`, `%` and all beyond printable ASCII. */
function headerText(value: string): string {
  return value.replace(/[^\x21-\x7e]|["%]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}
