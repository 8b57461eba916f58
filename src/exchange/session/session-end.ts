/** Why a session ends, by name. */
export type SessionEndName = 'binary' | 'invalid-text' | 'policy' | 'too-large' | 'failed' | 'restart' | 'token' | 'protocol' | 'credit';

/** Close codes of RFC 6455 §7.4 and, from 4400 on, our own. docs/exchange.md explains each. */
export const CLOSE_CODES: Readonly<Record<SessionEndName, number>> = {
  binary: 1003,
  'invalid-text': 1007,
  policy: 1008,
  'too-large': 1009,
  failed: 1011,
  restart: 1012,
  token: 4401,
  protocol: 4409,
  credit: 4429,
};

/** What each close code means, for the AsyncAPI document. */
export const CLOSE_MEANINGS: Readonly<Record<SessionEndName, string>> = {
  binary: 'a binary frame; frames are JSON text',
  'invalid-text': 'text that is not UTF-8',
  policy: 'the session does what no session may, such as opening too many inboxes',
  'too-large': 'a frame beyond the limit told in `welcome`',
  failed: 'the broker failed; its log says why',
  restart: 'the broker stops; connect again, to any broker',
  token: 'no token in time, or the token has expired or was revoked',
  protocol: 'a frame out of protocol; the reason says which rule',
  credit: 'more messages or bytes than were granted',
};

/** Ends the session: thrown by whatever finds that it cannot go on. */
export class SessionEnd extends Error {
  override readonly name = 'SessionEnd';

  constructor(
    readonly end: SessionEndName,
    readonly reason: string,
  ) {
    super(reason);
  }

  get code(): number {
    return CLOSE_CODES[this.end];
  }
}

/** The longest reason that fits a close frame, in bytes of UTF-8. */
const MAX_REASON_BYTES = 123;

/** A reason cut to what a close frame holds. */
export function closeReason(text: string): string {
  let reason = text.slice(0, MAX_REASON_BYTES);
  while (Buffer.byteLength(reason) > MAX_REASON_BYTES) reason = reason.slice(0, -1);
  return reason;
}
