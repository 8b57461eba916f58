import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { parseTwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { CurrentPrincipal } from '../../security/current-principal.js';
import type { Principal } from '../../security/principal.js';
import { FIRE_TWIN_ID } from '../dto/example-ids.js';
import { DeliveryModeService } from './delivery-mode.service.js';
import { DeliveryModeDto, deliveryModeView, DeliveryModeView, DeliveryTestView, MODE_EXAMPLES } from './dto/delivery.dto.js';

const ID = { name: 'id', description: 'Id of the receiving twin, percent-encoded.', example: FIRE_TWIN_ID };
const NOT_FOUND = { status: 404, description: 'There is no such twin, or the caller may not see it (problem+json `not-found`).' };

/** How a twin's messages reach it: whoever pulls them, or an endpoint that the broker calls. */
@ApiTags('Exchange')
@ApiBearerAuth('organization')
@Controller('v1/twins/:id/inbox/delivery')
export class DeliveryModeController {
  constructor(private readonly modes: DeliveryModeService) {}

  @Put()
  @ApiOperation({
    operationId: 'setDeliveryMode',
    summary: 'Say how messages are delivered',
    description:
      'With any mode but pull the broker delivers, once the endpoint has agreed: a webhook to an OPTIONS request with WebHook-Request-Origin by answering ' +
      'with WebHook-Allowed-Origin, others by letting the broker connect. A new URL is asked again; other settings take effect at once. No message is lost ' +
      'by a change in either direction.',
  })
  @ApiParam(ID)
  @ApiBody({
    type: DeliveryModeDto,
    examples: { ...MODE_EXAMPLES, pull: { summary: 'By pulling', value: { mode: 'pull' } } },
  })
  @ApiOkResponse({ type: DeliveryModeView })
  @ApiResponse(NOT_FOUND)
  async set(@CurrentPrincipal() principal: Principal, @Param('id') id: string, @Body() dto: DeliveryModeDto): Promise<DeliveryModeView> {
    const twin = parseTwinId(id);
    if (dto.webhook !== undefined && dto.settings !== undefined) {
      const errors = [{ pointer: '/webhook', detail: 'is another name of settings: only one of them may be there' }];
      throw new DomainError('validation-failed', '/webhook is another name of settings: only one of them may be there.', {
        pointer: '/webhook',
        errors,
      });
    }
    if (dto.mode !== 'pull') {
      const given = dto.mode === 'webhook' && dto.webhook !== undefined ? 'webhook' : 'settings';
      return deliveryModeView(await this.modes.deliver(principal, twin, dto.mode, dto[given], `/${given}`));
    }
    await this.modes.pull(principal, twin);
    return deliveryModeView(undefined);
  }

  @Get()
  @ApiOperation({
    operationId: 'readDeliveryMode',
    summary: 'How messages are delivered',
    description: 'The mode, and if there is an endpoint, its state and how deliveries to it go.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: DeliveryModeView })
  @ApiResponse(NOT_FOUND)
  async read(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<DeliveryModeView> {
    return deliveryModeView(await this.modes.read(principal, parseTwinId(id)));
  }

  @Delete()
  @HttpCode(204)
  @ApiOperation({ operationId: 'endDelivery', summary: 'Pull messages again', description: 'As PUT with mode pull. Keys are kept.' })
  @ApiParam(ID)
  @ApiNoContentResponse({ description: 'The twin pulls.' })
  @ApiResponse(NOT_FOUND)
  async end(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    await this.modes.pull(principal, parseTwinId(id));
  }

  @Post('test')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'testDelivery',
    summary: 'Send a ping',
    description:
      'Sends an event of type `org.twinfed.ping.v1`, signed as all are, and says what came of it; before that the handshake, if it is still to be done.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: DeliveryTestView })
  @ApiResponse(NOT_FOUND)
  async test(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<DeliveryTestView> {
    return this.modes.test(principal, parseTwinId(id));
  }
}
