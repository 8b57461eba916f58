import { Controller, Get, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { DomainError } from '../../problems/domain-error.js';
import { SUBPROTOCOL } from './session-limits.js';

/** What who comes to the session's path without a WebSocket is told. The session itself is described in the AsyncAPI document. */
@ApiExcludeController()
@Controller('v1/exchange')
export class SessionController {
  @Get()
  refuse(@Res({ passthrough: true }) reply: FastifyReply): never {
    void reply.header('upgrade', 'websocket').header('connection', 'upgrade');
    throw new DomainError('upgrade-required', `This is a WebSocket (subprotocol ${SUBPROTOCOL}); see /asyncapi.json.`);
  }
}
