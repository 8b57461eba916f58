import type { OutboundDelivery } from '../../adaptor/protocol/outbound-protocol.js';
import type { TwinId } from '../../kernel/ids.js';
import type { Envelope } from '../../vocabulary/envelope.js';
import { messageText } from '../adaptation/adapted-message.js';
import { deliveryId, type SourcedRow } from '../inbox/delivery.js';
import type { Granted } from '../inbox/claim.js';
import { KIND_NUMBERS, TRAITS } from '../log/log-row.js';

/** Whether the receiver is expected to answer the message. */
export function awaitsAnswer(row: SourcedRow): boolean {
  return row.kind === KIND_NUMBERS.REQUEST && row.requestSegment !== null;
}

/** A claimed message as the protocols see it. */
export function outboundDelivery(
  receiver: TwinId,
  { candidate: row, attempt, redelivered }: Granted<SourcedRow>,
  leasedUntil: Date,
  fence: number,
): OutboundDelivery {
  const { header, data } = JSON.parse(row.envelope) as Envelope;
  return {
    deliveryId: deliveryId(row),
    messageId: row.messageId,
    sender: row.sender,
    receiver,
    action: data.action,
    ...(data.object.id === undefined ? {} : { subject: data.object.id }),
    acceptedAt: row.acceptedAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    ...(awaitsAnswer(row) ? { answerBy: row.expiresAt.toISOString() } : {}),
    attempt,
    redelivered,
    replayed: (row.traits & TRAITS.replayed) !== 0,
    leasedUntil: leasedUntil.toISOString(),
    fence,
    ...(header.traceparent === undefined ? {} : { traceparent: header.traceparent }),
    text: messageText(row),
  };
}
