import type { EndpointKey, KeyKind } from '../endpoint-key.js';

/** How Standard Webhooks marks a signature: `v1` symmetric, `v1a` asymmetric. */
const VERSIONS = { 'hmac-sha256': 'v1', ed25519: 'v1a' } as const satisfies Record<KeyKind, string>;

/**
 * The headers that let a receiver check where a delivery comes from and when it was sent: `webhook-id`, `webhook-timestamp` (seconds) and
 * `webhook-signature`, one signature per key, over `<id>.<timestamp>.<body>`.
 */
export function signatureHeaders(id: string, seconds: number, body: Buffer, keys: readonly EndpointKey[]): Record<string, string> {
  const content = Buffer.concat([Buffer.from(`${id}.${seconds}.`), body]);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    ...(keys.length === 0 ? {} : { 'webhook-signature': keys.map((key) => `${VERSIONS[key.kind]},${key.sign(content)}`).join(' ') }),
  };
}
