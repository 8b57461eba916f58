import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { DomainError } from '../problems/domain-error.js';
import type { VerifiedPrincipal } from './token-verifier.js';

/** A request that the authentication guard has let through. */
export interface AuthenticatedRequest {
  principal?: VerifiedPrincipal;
}

/** The caller of a controller method; only where the guard authenticates, that is, not on `@Anonymous()` routes. */
export const CurrentPrincipal = createParamDecorator((_: unknown, context: ExecutionContext): VerifiedPrincipal => {
  const { principal } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (principal === undefined) throw new DomainError('unauthenticated', 'This needs a bearer token.');
  return principal;
});
