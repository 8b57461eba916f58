import type { IncomingHttpHeaders } from 'node:http';
import type { SendOutcome } from './outbound-protocol.js';

/** What came back of a request. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The body, if it came whole and within bounds. */
  readonly body?: string;
}

/** The longest that an endpoint may ask to be left alone, in milliseconds. */
export const MAX_RETRY_AFTER_MS = 3_600_000;
const JSON_TYPE = /^application\/json\s*(;|$)/i;

/** A Retry-After header (RFC 9110 §10.2.3: seconds, or a date) in milliseconds, bounded; undefined when it is absent or no such thing. */
export function retryAfterMs(header: string | undefined, now: number = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS) : undefined;
}

/** What an HTTP answer to a delivery means. */
export function outcomeOf(answer: HttpAnswer): SendOutcome {
  const { status, body, headers } = answer;
  const reason = `it answered with HTTP ${status}`;
  const afterMs = retryAfterMs(headers['retry-after']);
  if (status >= 200 && status < 300) {
    return body !== undefined && body !== '' && JSON_TYPE.test(headers['content-type'] ?? '')
      ? { kind: 'accepted', answer: body }
      : { kind: 'accepted' };
  }
  if (status === 410) return { kind: 'gone', reason };
  // Who names a time has looked at the load, not at the message.
  if (status === 429 || (status === 503 && afterMs !== undefined)) return { kind: 'retry', fault: 'not-taken', reason, afterMs };
  if (status >= 300 && status < 400) return { kind: 'retry', fault: 'endpoint', reason: `${reason}; redirects are not followed` };
  const isAlive = status >= 400 && status < 500 && status !== 408 && status !== 425;
  return { kind: 'retry', fault: isAlive ? 'message' : 'endpoint', reason, afterMs };
}
