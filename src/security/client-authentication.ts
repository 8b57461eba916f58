import { OAuthError } from './oauth-error.js';

/** A client id and secret as a client sent them. */
export interface SentCredentials {
  clientId: string;
  clientSecret: string;
}

type Form = Readonly<Record<string, unknown>>;

/**
 * One parameter of a form. RFC 6749 §3.2: sent without a value it counts as left out, and none may be sent twice.
 * @throws OAuthError `invalid_request`
 */
export function formParameter(form: Form, name: string): string | undefined {
  const value = form[name];
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string') throw new OAuthError('invalid_request', `The parameter ${name} must be sent once.`);
  return value;
}

/** RFC 6749 §2.3.1: id and secret are form-encoded before they are joined and base64-encoded. */
function formDecoded(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}

function fromBasic(authorization: string): SentCredentials {
  const encoded = /^Basic +([A-Za-z0-9+/]+=*) *$/i.exec(authorization)?.[1];
  const [id, secret] = encoded === undefined ? [] : Buffer.from(encoded, 'base64').toString('utf8').split(/:(.*)/s, 2);
  try {
    if (id !== undefined && secret !== undefined) return { clientId: formDecoded(id), clientSecret: formDecoded(secret) };
  } catch {
    // A lone % is not form-encoding: refused below like any other malformed header.
  }
  throw new OAuthError(
    'invalid_request',
    'The Authorization header must be "Basic" with base64 of client_id:client_secret, both form-encoded.',
  );
}

/**
 * How the client authenticates: client_secret_basic or client_secret_post, not both at once (RFC 6749 §2.3).
 * @throws OAuthError `invalid_request`
 */
export function sentCredentials(authorization: string | undefined, form: Form): SentCredentials {
  const clientId = formParameter(form, 'client_id');
  const clientSecret = formParameter(form, 'client_secret');
  if (authorization === undefined) {
    if (clientId !== undefined && clientSecret !== undefined) return { clientId, clientSecret };
    throw new OAuthError(
      'invalid_request',
      'The client must send client_id and client_secret, in an Authorization: Basic header or in the form.',
    );
  }
  const basic = fromBasic(authorization);
  if (clientSecret !== undefined || (clientId !== undefined && clientId !== basic.clientId)) {
    throw new OAuthError('invalid_request', 'The client authenticates in two ways at once: use the header or the form, not both.');
  }
  return basic;
}
