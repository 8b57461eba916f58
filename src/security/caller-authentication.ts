import type { FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../problems/domain-error.js';
import type { TokenVerifier, VerifiedPrincipal } from './token-verifier.js';

const CHALLENGE = 'Bearer realm="twinfed"';

/** The token of an `Authorization: Bearer …` header (RFC 6750 §2.1); undefined when the header is absent or of another scheme. */
export function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined || authorization.slice(0, 7).toLowerCase() !== 'bearer ') return undefined;
  return authorization.slice(7).trim();
}

/**
 * Who calls, by the token of the request; a refusal tells how to authenticate in the reply's header.
 * @throws DomainError `unauthenticated`
 */
export async function authenticateCaller(
  verifier: TokenVerifier,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<VerifiedPrincipal> {
  const token = bearerToken(request.headers.authorization);
  if (token === undefined) {
    // RFC 6750 §3: a caller that sent no token is told how to authenticate, without an error code.
    void reply.header('www-authenticate', CHALLENGE);
    throw new DomainError(
      'unauthenticated',
      'This needs a bearer token: get one at /oauth/token and send it as "Authorization: Bearer …".',
    );
  }
  try {
    return await verifier.verify(token);
  } catch (error) {
    if (error instanceof DomainError && error.code === 'unauthenticated') {
      void reply.header('www-authenticate', `${CHALLENGE}, error="invalid_token", error_description="${error.detail}"`);
    }
    throw error;
  }
}
