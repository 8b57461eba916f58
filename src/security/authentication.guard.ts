import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Config } from '../config/config.js';
import { DomainError } from '../problems/domain-error.js';
import { ANONYMOUS, type AnonymousWhen } from './anonymous.js';
import { authenticateCaller } from './caller-authentication.js';
import type { AuthenticatedRequest } from './current-principal.js';
import { OPERATOR_ONLY } from './operator-only.js';
import { TokenVerifier } from './token-verifier.js';

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
    request.principal = await authenticateCaller(this.verifier, request, context.switchToHttp().getResponse<FastifyReply>());
    if (request.principal.kind !== 'operator' && this.reflector.getAllAndOverride<boolean | undefined>(OPERATOR_ONLY, targets)) {
      throw new DomainError('forbidden', 'Only an operator may do this.');
    }
    return true;
  }
}
