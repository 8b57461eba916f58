import { isIP, type LookupFunction } from 'node:net';
import type { AllowedAddress, OutboundGuard } from '../../security/outbound/outbound-guard.js';

/** The longest URL in settings. */
export const MAX_URL_LENGTH = 2_048;

/** JSON Schema of a URL in settings. */
export function urlSchema(schemes: readonly string[], what: string): Readonly<Record<string, unknown>> {
  return {
    type: 'string',
    maxLength: MAX_URL_LENGTH,
    description: `${what} (${schemes.join(', ')}), without credentials; the address must be public or named in OUTBOUND_ALLOW when it is connected to.`,
  };
}

/** What is wrong with a URL in settings; undefined when nothing is. A name is looked up, and its address checked, when it is connected to. */
export function faultOfUrl(url: string, schemes: readonly string[], permits: (address: string) => boolean): string | undefined {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\/[\x21-\x7e]+$/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined || !schemes.includes(scheme) || !URL.canParse(url)) {
    return `must be an absolute URL with one of the schemes ${schemes.join(', ')}, in ASCII`;
  }
  const { username, password, hash, hostname } = new URL(url);
  if (hostname === '') return 'must name a host';
  if (username !== '' || password !== '') return 'must not carry credentials: they have a path of their own';
  if (hash !== '') return 'must not have a fragment';
  const address = bareHost(hostname);
  return isIP(address) !== 0 && !permits(address) ? 'must not name an address that the broker may not connect to' : undefined;
}

/** A host without the brackets of IPv6. */
export function bareHost(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}

/** Where to connect: the very address that was checked. @throws OutboundRefused */
export async function placeOf(
  guard: OutboundGuard,
  url: URL,
  ports: Readonly<Record<string, number>>,
): Promise<{ address: string; family: 4 | 6; port: number; servername?: string }> {
  const { address, family } = await guard.resolve(url.hostname);
  const port = url.port === '' ? (ports[url.protocol.slice(0, -1)] ?? 0) : Number(url.port);
  // A certificate is for the name, not for the address.
  return { address, family, port, ...(isIP(bareHost(url.hostname)) === 0 ? { servername: url.hostname } : {}) };
}

/** A look-up that knows one answer, for clients that take a name. */
export function pinnedLookup({ address, family }: AllowedAddress): LookupFunction {
  return (_name, options, callback) => {
    if (options.all === true) callback(null, [{ address, family }]);
    else callback(null, address, family);
  };
}
