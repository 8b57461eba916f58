import { MAX_MESSAGE_BYTES } from '../message/limits.js';

/** Path and subprotocol of sessions. */
export const SESSION_PATH = '/v1/exchange';
export const SUBPROTOCOL = 'twinfed.exchange.v1';

/** The largest frame a client may send, in bytes: a message of the greatest size and what stands around it. */
export const MAX_FRAME_BYTES = MAX_MESSAGE_BYTES + 4_096;
/** How long a client without an Authorization header has to send its token, in milliseconds. */
export const FIRST_TOKEN_MS = 5_000;
/** How often the broker pings; a client that answered none of two is gone. */
export const HEARTBEAT_MS = 15_000;

/** Messages and bytes that a client may have sent and not seen answered. */
export const PUBLISH_WINDOW = { messages: 1_024, bytes: 4 * 1_048_576 } as const;
/** Bytes of unanswered messages that all sessions of a broker hold together before it stops reading from them. */
export const PUBLISH_BUDGET_BYTES = 128 * 1_048_576;
/** Milliseconds of taking messages in between two chances for others. */
export const LONGEST_BREATH_MS = 5;

/** Inboxes that one session may read. */
export const MAX_INBOXES = 64;
/** Deliveries of one inbox that a session may have in hand, whatever its credit. */
export const MAX_IN_HAND = 1_024;
/** The most credit a client may grant for one inbox. */
export const MAX_CREDIT = 1_000_000;
/** The most deliveries of one claim, and about how many bytes. */
export const MAX_CLAIM = 256;
export const CLAIM_BYTES = 2 * 1_048_576;
/** Leases run so long without being extended, and are extended so often, in milliseconds: another broker takes over that soon after a crash. */
export const LEASE_MS = 15_000;
export const EXTEND_MS = 5_000;
/** How long a delivery may stay unsettled when `receive` says nothing, in seconds. */
export const DEFAULT_HOLD_SECONDS = 1_800;

/** What may wait to be written to a client before the broker stops claiming and granting for it, in bytes. */
export const OUTBOX_HIGH_WATER = 1_048_576;
/** How long a closing session waits for what was begun, and then for the client's close frame, in milliseconds. */
export const FAREWELL_MS = 1_500;
