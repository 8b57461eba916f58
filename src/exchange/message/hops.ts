import { DomainError } from '../../problems/domain-error.js';
import type { MessageHeader } from '../../vocabulary/envelope.js';

/** The most brokers that a message may have passed. */
export const MAX_VIA = 32;

/**
 * Notes in a message that this broker has taken it: appends the broker to `via`. `hopLimit` stays as it came, because delivering to a twin is no
 * hop; whoever hands the message on to another broker takes one off, and does not hand on what has none left.
 * @throws DomainError `loop-detected` when the message has been here before, `hops-exceeded` when `via` is full
 */
export function noteHop(header: MessageHeader, brokerId: string): void {
  const { via } = header;
  if (via === undefined) {
    header.via = [brokerId];
    return;
  }
  if (via.includes(brokerId)) {
    throw new DomainError('loop-detected', `The message has passed ${brokerId} before; a new message begins without via.`, {
      pointer: '/header/via',
    });
  }
  if (via.length >= MAX_VIA) {
    throw new DomainError('hops-exceeded', `The message has passed ${MAX_VIA} brokers, which is the most.`, { pointer: '/header/via' });
  }
  via.push(brokerId);
}
