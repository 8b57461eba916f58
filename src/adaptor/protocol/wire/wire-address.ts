import { isIP } from 'node:net';
import type { OutboundGuard } from '../../../security/outbound/outbound-guard.js';

/** Where a connection goes: an address that was checked, and the name that its certificate has to bear. */
export interface WireAddress {
  readonly address: string;
  readonly family: 4 | 6;
  readonly port: number;
  /** What a certificate is checked against; absent when the URL names an address: server name indication knows names only. */
  readonly servername?: string;
}

/**
 * The address of a URL's host, resolved and checked now: asked anew for every connection, so that a name which moves to a closed address gains nothing.
 * @throws OutboundRefused
 */
export async function wireAddress(guard: OutboundGuard, url: URL, usualPort: number): Promise<WireAddress> {
  const { address, family } = await guard.resolve(url.hostname);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? usualPort : Number(url.port);
  return { address, family, port, ...(isIP(host) === 0 ? { servername: host } : {}) };
}
