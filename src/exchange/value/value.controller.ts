import { Body, Controller, Get, Header, Headers, HttpCode, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiHeader, ApiOkResponse, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { parseTwinId } from '../../kernel/ids.js';
import { CurrentPrincipal } from '../../security/current-principal.js';
import type { Principal } from '../../security/principal.js';
import { TRAFFIC_TWIN_ID } from '../dto/example-ids.js';
import { VALUE_EXAMPLE } from '../dto/examples.js';
import { RECEIPT_SCHEMA, VALUE_SCHEMA } from '../dto/wire-schemas.js';
import { JsonTextPipe } from '../message/json-text.pipe.js';
import { traceparentOf } from '../message/trace-context.js';
import { receiptText } from '../message/message.presenter.js';
import { LastValueService } from './last-value.service.js';
import { PublishService } from './publish.service.js';
import { valueText } from './value.presenter.js';

const ID = { name: 'id', description: 'Id of the twin, percent-encoded.', example: TRAFFIC_TWIN_ID };
const NAME = { name: 'name', description: 'Name of the data feature.', example: 'trafficFlow' };

/** The value of a data feature: published by its twin, read with its age. */
@ApiTags('Exchange')
@ApiBearerAuth('organization')
@Controller('v1/twins/:id/features/:name/value')
export class ValueController {
  constructor(
    private readonly publisher: PublishService,
    private readonly values: LastValueService,
  ) {}

  @Put()
  @HttpCode(202)
  @Header('content-type', 'application/json; charset=utf-8')
  @ApiOperation({
    operationId: 'publishValue',
    summary: 'Publish a value',
    description: 'The same as a NOTIFY without receiver: one row in the stream of the feature, which all its subscribers read.',
  })
  @ApiParam(ID)
  @ApiParam(NAME)
  @ApiHeader({
    name: 'traceparent',
    required: false,
    description: 'The trace (W3C Trace Context) of messages that name none themselves. One that is not valid is ignored.',
  })
  @ApiBody({ schema: {}, examples: { flow: { summary: 'A traffic flow', value: VALUE_EXAMPLE } } })
  @ApiResponse({ status: 202, description: 'Accepted and stored.', schema: RECEIPT_SCHEMA })
  @ApiResponse({ status: 403, description: 'The caller does not act for the twin (problem+json `forbidden`).' })
  @ApiResponse({ status: 422, description: 'The value does not fit the schema of the feature (problem+json `payload-invalid`).' })
  async publish(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('name') name: string,
    @Body(JsonTextPipe) text: string,
    @Headers('traceparent') trace?: string,
  ): Promise<string> {
    return receiptText(await this.publisher.publish(principal, parseTwinId(id), name, text, traceparentOf(trace)));
  }

  @Get()
  @Header('content-type', 'application/json; charset=utf-8')
  @ApiOperation({
    operationId: 'getValue',
    summary: 'Read the last value',
    description: 'For the twin itself and for twins connected to it for this feature.',
  })
  @ApiParam(ID)
  @ApiParam(NAME)
  @ApiOkResponse({ schema: VALUE_SCHEMA })
  @ApiResponse({ status: 403, description: 'The caller is not connected for this feature (problem+json `policy-denied`).' })
  @ApiResponse({ status: 404, description: 'No such twin or feature, or nothing was published yet (problem+json `not-found`).' })
  async read(@CurrentPrincipal() principal: Principal, @Param('id') id: string, @Param('name') name: string): Promise<string> {
    return valueText(await this.values.read(principal, parseTwinId(id), name));
  }
}
