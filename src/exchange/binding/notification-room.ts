import { DomainError } from '../../problems/domain-error.js';

/** Notifications of one address that may be under way in this broker, and their text together, in characters. */
export const ROOM_OF_ADDRESS = { notifications: 200, text: 8 * 1024 * 1024 } as const;
/** The text of all addresses together, in characters, beyond which no address may have more than one notification under way. */
export const ROOM_OF_ALL = 64 * 1024 * 1024;
const RETRY_SECONDS = 1;

interface UnderWay {
  notifications: number;
  text: number;
}

/**
 * How much of what sources bring by themselves may be under way at once. Bounded per address, so that one that floods, or whose receivers take nothing, holds
 * back itself alone: an address of which nothing is under way is always let in.
 */
export class NotificationRoom {
  private readonly addresses = new Map<string, UnderWay>();
  private all = 0;

  /**
   * Lets a notification in; what is returned is called when it has ended.
   * @param length of its text, in characters
   * @throws DomainError `rate-limited` with Retry-After when too much of the address is under way
   */
  enter(address: string, length: number): () => void {
    const before = this.addresses.get(address);
    if (before !== undefined) {
      const isFull = before.notifications >= ROOM_OF_ADDRESS.notifications || before.text + length > ROOM_OF_ADDRESS.text;
      if (isFull || this.all + length > ROOM_OF_ALL) {
        const detail = 'Too much that came to this address is still under way; send it again.';
        throw new DomainError('rate-limited', detail, { retryAfterSeconds: RETRY_SECONDS });
      }
    }
    const own = before ?? { notifications: 0, text: 0 };
    this.addresses.set(address, own);
    this.count(own, 1, length);
    return () => {
      this.count(own, -1, -length);
      if (own.notifications === 0) this.addresses.delete(address);
    };
  }

  private count(own: UnderWay, notifications: number, length: number): void {
    own.notifications += notifications;
    own.text += length;
    this.all += length;
  }
}
