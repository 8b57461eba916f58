import { Controller, Get, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Anonymous } from '../security/anonymous.js';
import { OperatorOnly } from '../security/operator-only.js';
import { Metrics } from './metrics.js';

/** Measurements for Prometheus. */
@ApiTags('Health')
@ApiBearerAuth('operator')
@Anonymous((config) => config.metricsPublic)
@OperatorOnly()
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @ApiOperation({
    operationId: 'readMetrics',
    summary: 'Read the measurements',
    description: 'Prometheus text format. Needs an operator token unless METRICS_PUBLIC is true.',
  })
  @ApiOkResponse({ description: 'The measurements.', content: { 'text/plain': { schema: { type: 'string' } } } })
  async read(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.type(this.metrics.registry.contentType);
    return this.metrics.registry.metrics();
  }
}
