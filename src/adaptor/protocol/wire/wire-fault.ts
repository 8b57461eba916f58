import { OutboundRefused } from '../../../security/outbound/outbound-guard.js';

/** What the protocol itself noticed, in words fit to be shown. */
export class WireFault extends Error {
  override readonly name = 'WireFault';
}

const CODE = /^[A-Z0-9_]{1,60}$/;

/** Why no connection stands or stood, in words that tell nothing of the broker's network and nothing secret. */
export function wireReason(error: unknown, otherwise = 'it could not be connected to'): string {
  if (error instanceof WireFault) return error.message;
  if (error instanceof OutboundRefused) {
    return error.reason === 'unresolved' ? 'its host name has no address' : 'the broker does not connect to its address';
  }
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown };
  if (name === 'TimeoutError') return 'it did not answer in time';
  if (name === 'AbortError') return 'the broker gave up';
  const text = typeof code === 'number' ? String(code) : code;
  return typeof text === 'string' && CODE.test(text) ? `${otherwise} (${text})` : otherwise;
}
