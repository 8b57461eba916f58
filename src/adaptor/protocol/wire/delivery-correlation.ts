import { jsonObjectMembers } from '../../../kernel/json-object-members.js';
import type { OutboundDelivery } from '../outbound-protocol.js';

/** The text of a member of the object; undefined when there is none, or the text is no object. */
function memberText(text: string, key: string): string | undefined {
  try {
    const found = jsonObjectMembers(text).find((member) => member.key === key);
    return found === undefined ? undefined : text.slice(found.start, found.end);
  } catch {
    return undefined;
  }
}

/** By what an answer is known: of a REQUEST its delivery's id, which the answer names; of a RESPONSE the messageId of the REQUEST that the receiver sent. */
export function correlationOf(delivery: OutboundDelivery): string | undefined {
  if (delivery.answerBy !== undefined) return delivery.deliveryId;
  const header = memberText(delivery.text, 'header');
  const correlationId = header === undefined ? undefined : memberText(header, 'correlationId');
  return correlationId?.startsWith('"') === true ? (JSON.parse(correlationId) as string) : undefined;
}
