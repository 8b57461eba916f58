import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Anonymous } from '../security/anonymous.js';
import { LiveView, ReadyView, readyView } from './health.dto.js';
import { ReadinessProbe } from './readiness.js';

/** What load balancers and orchestrators ask. */
@ApiTags('Health')
@Anonymous()
@Controller('health')
export class HealthController {
  constructor(private readonly probe: ReadinessProbe) {}

  @Get('live')
  @ApiOperation({
    operationId: 'checkLiveness',
    summary: 'Ask whether the process is alive',
    description: 'Answers as long as the process can answer at all; restart it when it does not. Says nothing about the database.',
  })
  @ApiOkResponse({ type: LiveView })
  live(): LiveView {
    return { status: 'ok' };
  }

  @Get('ready')
  @ApiOperation({
    operationId: 'checkReadiness',
    summary: 'Ask whether requests should be sent here',
    description:
      'Answers within two seconds. Not ready while the database does not answer, its schema is not up to date, or the broker is stopping.',
  })
  @ApiOkResponse({ type: ReadyView })
  @ApiResponse({
    status: 503,
    description: 'Send requests elsewhere for now.',
    content: {
      'application/json': {
        schema: { $ref: '#/components/schemas/ReadyView' },
        example: { status: 'unavailable', checks: { database: 'down', migrations: 'unknown' } },
      },
    },
  })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<ReadyView> {
    const readiness = await this.probe.check();
    void reply.code(readiness.ready ? 200 : 503);
    return readyView(readiness);
  }
}
