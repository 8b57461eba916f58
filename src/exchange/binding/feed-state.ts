/**
 * States of a feed: how the wire of a binding fares. In `LOST` the twin itself is known to be away, whatever becomes of the wire. That a binding is
 * disabled is not a state of its feed, which is `DISCONNECTED` then.
 */
export const FEED_STATES = ['CONNECTING', 'CONNECTED', 'DISCONNECTED', 'LOST'] as const;
export type FeedState = (typeof FEED_STATES)[number];

/** What can happen to a feed. */
export type FeedEvent = 'try' | 'open' | 'break' | 'lose' | 'return' | 'configure' | 'disable';

/** The one table of what leads where. */
export const FEED_TABLE = {
  CONNECTING: { open: 'CONNECTED', break: 'DISCONNECTED', lose: 'LOST', configure: 'CONNECTING', disable: 'DISCONNECTED' },
  CONNECTED: { try: 'CONNECTING', break: 'DISCONNECTED', lose: 'LOST', configure: 'CONNECTING', disable: 'DISCONNECTED' },
  DISCONNECTED: { try: 'CONNECTING', open: 'CONNECTED', lose: 'LOST', configure: 'CONNECTING' },
  LOST: { return: 'CONNECTED', configure: 'CONNECTING', disable: 'DISCONNECTED' },
} as const satisfies Readonly<Record<FeedState, Readonly<Partial<Record<FeedEvent, FeedState>>>>>;

/** Where an event leads; undefined when nothing changes by it. */
export function nextFeedState(state: FeedState, event: FeedEvent): FeedState | undefined {
  const moves: Readonly<Partial<Record<FeedEvent, FeedState>>> = FEED_TABLE[state];
  return moves[event];
}
