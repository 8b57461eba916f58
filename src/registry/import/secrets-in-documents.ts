import { DomainError } from '../../problems/domain-error.js';

const USER_INFORMATION = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#\s]*@/;

/**
 * Refuses a document that carries a credential: it is kept as it is and shown to everyone who may see the twin.
 * @throws DomainError `validation-failed`
 */
export function refuseSecret(pointer: string): never {
  const detail = 'carries a credential; the document is kept and shown as it is, so take that out and give it to the broker apart';
  throw new DomainError('validation-failed', `${pointer} ${detail}.`, { pointer, errors: [{ pointer, detail }] });
}

/** Whether an address carries user information. */
export function carriesCredentials(url: string): boolean {
  return USER_INFORMATION.test(url);
}
