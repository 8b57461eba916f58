import { isIP } from 'node:net';
import type { ProblemPlace } from '../../../problems/domain-error.js';

const URL_LENGTH = 2_048;

/** Of the URL of a server: in a JSON Schema of settings. */
export function serverUrlSchema(schemes: readonly string[], description: string): Readonly<Record<string, unknown>> {
  return { type: 'string', maxLength: URL_LENGTH, pattern: `^(${schemes.join('|')})://[\\x21-\\x7e]+$`, description };
}

/**
 * What is wrong with the URL of a server.
 * @param permits whether the broker may connect to an address; asked of a URL that names one, while names are resolved when it connects
 */
export function faultsOfServerUrl(pointer: string, url: string, permits: (address: string) => boolean): ProblemPlace[] {
  if (!URL.canParse(url) || new URL(url).hostname === '') return [{ pointer, detail: 'must be an absolute URL' }];
  const { username, password, hash, hostname } = new URL(url);
  if (username !== '' || password !== '') return [{ pointer, detail: 'must not carry credentials: they are kept apart, sealed' }];
  if (hash !== '') return [{ pointer, detail: 'must not have a fragment' }];
  const address = hostname.replace(/^\[|\]$/g, '');
  const isClosed = isIP(address) !== 0 && !permits(address);
  return isClosed ? [{ pointer, detail: 'must not name an address that the broker may not connect to' }] : [];
}
