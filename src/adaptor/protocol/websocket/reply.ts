import { jsonObjectMembers } from '../../../kernel/json-object-members.js';

/** What a twin says of deliveries. */
export type Reply =
  | { readonly op: 'ack'; readonly id: string; readonly answer?: string }
  | { readonly op: 'nack'; readonly id: string; readonly reason: string; readonly afterMs?: number }
  | { readonly op: 'gone' };

/** Reads a frame of a twin; undefined when it is none. An answer stays as it is written. */
export function readReply(text: string): Reply | undefined {
  try {
    const { op, id, reason, afterMs } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    if (op === 'gone') return { op };
    if (typeof id !== 'string') return undefined;
    if (op === 'ack') {
      const member = jsonObjectMembers(text).find(({ key }) => key === 'answer');
      return { op, id, ...(member === undefined ? {} : { answer: text.slice(member.start, member.end) }) };
    }
    if (op !== 'nack') return undefined;
    const words = typeof reason === 'string' ? `it refused: ${reason.slice(0, 200)}` : 'it refused the message';
    return { op, id, reason: words, ...(typeof afterMs === 'number' && afterMs >= 0 ? { afterMs } : {}) };
  } catch {
    return undefined;
  }
}
