import { Body, Controller, Headers, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiNoContentResponse, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { NOTIFICATION_SECRET_HEADER } from '../../adaptor/protocol/inbound-protocol.js';
import { Anonymous } from '../../security/anonymous.js';
import { JsonTextPipe } from '../message/json-text.pipe.js';
import { NotificationService } from './notification.service.js';

const NOTIFICATION_EXAMPLE = {
  id: 'urn:ngsi-ld:Notification:5c2f8d3b',
  type: 'Notification',
  subscriptionId: 'urn:ngsi-ld:Subscription:twinfed-q83vEjRWeJASNFZ4',
  notifiedAt: '2026-03-01T08:00:00Z',
  data: [{ id: 'urn:ngsi-ld:Vehicle:7', type: 'Vehicle', speed: { type: 'Property', value: 54 } }],
};

/** What sources that the broker subscribed to bring by themselves. */
@ApiTags('Exchange')
@Anonymous()
@Controller('v1/bindings')
export class NotificationController {
  constructor(private readonly notifications: NotificationService) {}

  @Post(':id/notifications')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'notifyBinding',
    summary: 'Bring what a binding subscribed to',
    description:
      'For context brokers that the broker itself subscribed to (bindings of `ngsi-ld`): the address and its secret are in the subscription. Each entity ' +
      'becomes a message of the twin as any document of the binding does. Answered when everything is durable, or refused for good, which the binding ' +
      'tells; any broker takes it. The same notification again changes nothing. Of one entity that comes twice the second is not taken before the first was.',
  })
  @ApiParam({
    name: 'id',
    description:
      'Id of the address, as the subscription names it; for sources that send no header of their own followed by a full stop and the secret.',
    example: 'q83vEjRWeJASNFZ4kJqrzQ',
  })
  @ApiHeader({
    name: NOTIFICATION_SECRET_HEADER,
    required: false,
    description: 'The secret of the subscription, unless the path holds it.',
  })
  @ApiBody({
    schema: {
      type: 'object',
      required: ['data'],
      additionalProperties: true,
      properties: {
        id: { type: 'string', description: 'The same whenever the notification is sent again.' },
        data: {
          type: 'array',
          minItems: 1,
          maxItems: 1_000,
          items: { type: 'object', required: ['id'], additionalProperties: true, properties: { id: { type: 'string' } } },
        },
      },
    },
    examples: { ngsiLd: { summary: 'A notification of NGSI-LD', value: NOTIFICATION_EXAMPLE } },
  })
  @ApiNoContentResponse({ description: 'Everything in it is durable, or refused for good.' })
  @ApiResponse({ status: 400, description: 'Not a notification (problem+json `malformed-message`, `validation-failed`).' })
  @ApiResponse({ status: 404, description: 'There is no such address, or this is not its secret (problem+json `not-found`).' })
  @ApiResponse({ status: 413, description: 'Larger than 1 MB (problem+json `payload-too-large`).' })
  @ApiResponse({
    status: 429,
    description:
      'Not for now, or too much of this address is under way; what was taken is known when it comes again (problem+json `rate-limited`, Retry-After).',
  })
  async notify(
    @Param('id') id: string,
    @Headers(NOTIFICATION_SECRET_HEADER) secret: string | undefined,
    @Body(new JsonTextPipe()) text: string,
  ): Promise<void> {
    await this.notifications.take(id, secret, text);
  }
}
