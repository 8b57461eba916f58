import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Config } from '../config/config.js';
import { DomainError } from '../problems/domain-error.js';
import { ANONYMOUS, type AnonymousWhen } from './anonymous.js';
import type { AuthenticatedRequest } from './current-principal.js';
import { OPERATOR_ONLY } from './operator-only.js';
import { TokenVerifier } from './token-verifier.js';

const CHALLENGE = 'Bearer realm="twinfed"';

/** The token of an `Authorization: Bearer …` header (RFC 6750 §2.1); undefined when the header is absent or of another scheme. */
export function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined || authorization.slice(0, 7).toLowerCase() !== 'bearer ') return undefined;
  return authorization.slice(7).trim();
}

/** Authenticates every route that is not marked `@Anonymous()`, and keeps `@OperatorOnly()` ones to operators. */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly verifier: TokenVerifier,
    private readonly config: Config,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    const anonymous = this.reflector.getAllAndOverride<AnonymousWhen | undefined>(ANONYMOUS, targets);
    if (anonymous?.(this.config)) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest & AuthenticatedRequest>();
    request.principal = await this.authenticate(request, context.switchToHttp().getResponse<FastifyReply>());
    if (request.principal.kind !== 'operator' && this.reflector.getAllAndOverride<boolean | undefined>(OPERATOR_ONLY, targets)) {
      throw new DomainError('forbidden', 'Only an operator may do this.');
    }
    return true;
  }

  private async authenticate(request: FastifyRequest, reply: FastifyReply): ReturnType<TokenVerifier['verify']> {
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
      return await this.verifier.verify(token);
    } catch (error) {
      if (error instanceof DomainError && error.code === 'unauthenticated') {
        void reply.header('www-authenticate', `${CHALLENGE}, error="invalid_token", error_description="${error.detail}"`);
      }
      throw error;
    }
  }
}
