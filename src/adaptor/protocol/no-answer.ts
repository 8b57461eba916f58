import { OutboundRefused } from '../../security/outbound/outbound-guard.js';
import type { SendFault } from './outbound-protocol.js';

/** No answer. `sent`: the connection stood, so that the endpoint may have got the request. */
export class NoAnswer extends Error {
  constructor(
    readonly sent: boolean,
    cause: unknown,
  ) {
    super('no answer', { cause });
    this.name = 'NoAnswer';
  }
}

/** What a request without an answer means, in words that tell nothing of the broker's network. */
export function failureOf(error: unknown): { readonly fault: Exclude<SendFault, 'message'>; readonly reason: string } {
  const sent = error instanceof NoAnswer && error.sent;
  return { fault: sent ? 'endpoint' : 'not-taken', reason: wordsOf(error instanceof NoAnswer ? error.cause : error, sent) };
}

/** Why a connection was not made, or broke. */
export function wordsOf(error: unknown, sent = false): string {
  if (error instanceof OutboundRefused) {
    return error.reason === 'unresolved' ? 'its host name has no address' : 'the broker does not connect to its address';
  }
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  if (name === 'TimeoutError') return sent ? 'it did not answer in time' : 'no connection was made in time';
  if (name === 'AbortError') return 'the broker gave up';
  const what = typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? ` (${code})` : '';
  return sent ? `the connection broke before it answered${what}` : `it could not be connected to${what}`;
}
