import type { Verification } from '../outbound-protocol.js';

/** Headers of the question whether deliveries are welcome: the abuse protection of "HTTP 1.1 Web Hooks for Event Delivery" (CloudEvents), §4.1. */
export function handshakeHeaders(origin: string): Record<string, string> {
  return { 'webhook-request-origin': origin };
}

/** Whether the answer to the question agrees: a 2xx that names our origin, or any. */
export function agreement(status: number, allowedOrigin: string | undefined, origin: string): Verification {
  if (status < 200 || status >= 300) return { kind: 'refused', reason: `it answered OPTIONS with HTTP ${status}` };
  if (allowedOrigin === undefined) return { kind: 'refused', reason: 'its answer to OPTIONS has no WebHook-Allowed-Origin' };
  const allowed = allowedOrigin.split(',').map((name) => name.trim().toLowerCase());
  return allowed.includes('*') || allowed.includes(origin.toLowerCase())
    ? { kind: 'agreed' }
    : { kind: 'refused', reason: `its WebHook-Allowed-Origin does not name ${origin}` };
}
