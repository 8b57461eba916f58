import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Put, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiConsumes,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { InvalidId, parseTwinId } from '../../kernel/ids.js';
import { CurrentPrincipal } from '../../security/current-principal.js';
import type { Principal } from '../../security/principal.js';
import { FIRE_TWIN_ID, TRAFFIC_TWIN_ID } from '../dto/example-ids.js';
import { SubscriptionDto, SubscriptionListDto, subscriptionWire, subscriptionWish, SubscriptionWishDto } from '../dto/subscription.dto.js';
import { readSubscriptionPatch } from '../dto/subscription-terms.dto.js';
import { SenderAuthority } from '../message/sender-authority.js';
import type { Subscription } from './subscription.repository.js';
import { type SubscriptionChange, SubscriptionService } from './subscription.service.js';

const ID = { name: 'id', description: 'Id of the subscribing twin, percent-encoded.', example: FIRE_TWIN_ID };
const NAME = { name: 'subscription', description: 'Id of the subscription, chosen by the subscriber.', example: 'example-subscription' };

/** @throws InvalidId */
function parseSubscriptionId(value: string): string {
  if (/^[\x21-\x7e]{1,200}$/.test(value)) return value;
  throw new InvalidId('of a subscription must be 1 to 200 printable ASCII characters without spaces');
}

/** A twin's subscriptions. */
@ApiTags('Exchange')
@ApiBearerAuth('organization')
@Controller('v1/twins/:id/subscriptions')
export class SubscriptionController {
  constructor(
    private readonly authority: SenderAuthority,
    private readonly subscriptions: SubscriptionService,
  ) {}

  @Put(':subscription')
  @ApiOperation({
    operationId: 'putSubscription',
    summary: 'Subscribe to a stream',
    description:
      'Of a data feature that an open connection carries, or of the status of a federation, connection or twin. What is published from now on comes to the ' +
      'inbox. A twin has one subscription per stream: another id for the same stream gives the one there is.',
  })
  @ApiParam(ID)
  @ApiParam(NAME)
  @ApiBody({
    type: SubscriptionWishDto,
    examples: {
      flow: { summary: 'Traffic flow', value: { objectType: 'data', objectId: 'trafficFlow', provider: TRAFFIC_TWIN_ID } },
      jams: {
        summary: 'Jams only, at most one message a second, the last value first',
        value: {
          objectType: 'data',
          objectId: 'trafficFlow',
          provider: TRAFFIC_TWIN_ID,
          filter: { and: [{ '>': [{ var: 'payload.intensity' }, 1_000] }, { '<': [{ var: 'payload.averageSpeed' }, 40] }] },
          minIntervalMs: 1_000,
          onlyChanges: { pointer: '/averageSpeed' },
          lastValue: true,
          whenBehind: 'coalesceLatest',
        },
      },
    },
  })
  @ApiCreatedResponse({ type: SubscriptionDto })
  @ApiOkResponse({ type: SubscriptionDto, description: 'There was one on this stream.' })
  @ApiResponse({ status: 409, description: 'No open connection carries the feature (problem+json `state-conflict`).' })
  async put(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('subscription') name: string,
    @Body() dto: SubscriptionWishDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SubscriptionDto> {
    const twin = parseTwinId(id);
    await this.authority.requireOwner(principal, twin);
    const { subscription, created } = await this.subscriptions.subscribe(principal, twin, {
      ...subscriptionWish(dto),
      id: parseSubscriptionId(name),
    });
    void reply.code(created ? 201 : 200);
    return subscriptionWire(subscription);
  }

  @Get()
  @ApiOperation({
    operationId: 'listSubscriptions',
    summary: 'List the subscriptions of a twin',
    description: 'Those that are open, oldest first.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: SubscriptionListDto })
  async list(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<SubscriptionListDto> {
    const twin = parseTwinId(id);
    await this.authority.requireOwner(principal, twin);
    const subscriptions = await this.subscriptions.list(twin);
    const counts = subscriptions.some(({ terms }) => terms !== null) ? await this.subscriptions.counts(twin) : {};
    return { items: subscriptions.map((subscription) => subscriptionWire(subscription, counts[subscription.id])) };
  }

  @Patch(':subscription')
  @ApiOperation({
    operationId: 'patchSubscription',
    summary: 'Change what a subscription asks for',
    description:
      'JSON merge patch (RFC 7396) of its terms, `lane` and `expiresInSeconds`: null removes a term, or the end. New terms hold for what is published ' +
      'from now on; what waits is judged by the former ones.',
  })
  @ApiConsumes('application/merge-patch+json')
  @ApiParam(ID)
  @ApiParam(NAME)
  @ApiBody({
    schema: { type: 'object', additionalProperties: true },
    examples: { calmer: { summary: 'Less often', value: { minIntervalMs: 5_000, deadband: { pointer: '/intensity', percent: 10 } } } },
  })
  @ApiOkResponse({ type: SubscriptionDto })
  @ApiResponse({ status: 400, description: 'A term is not valid (problem+json `validation-failed`); the pointer says which.' })
  @ApiResponse({ status: 404, description: 'There is no such subscription (problem+json `not-found`).' })
  async patch(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Param('subscription') name: string,
    @Body() patch: unknown,
  ): Promise<SubscriptionDto> {
    const twin = parseTwinId(id);
    await this.authority.requireOwner(principal, twin);
    const change = (subscription: Subscription): SubscriptionChange => readSubscriptionPatch(subscription, patch);
    return subscriptionWire(await this.subscriptions.change(twin, parseSubscriptionId(name), change));
  }

  @Delete(':subscription')
  @HttpCode(204)
  @ApiOperation({
    operationId: 'endSubscription',
    summary: 'End a subscription',
    description: 'What was published before and not yet delivered is not delivered any more.',
  })
  @ApiParam(ID)
  @ApiParam(NAME)
  @ApiNoContentResponse()
  @ApiResponse({ status: 404, description: 'There is no such subscription (problem+json `not-found`).' })
  async end(@CurrentPrincipal() principal: Principal, @Param('id') id: string, @Param('subscription') name: string): Promise<void> {
    const twin = parseTwinId(id);
    await this.authority.requireOwner(principal, twin);
    await this.subscriptions.end(twin, parseSubscriptionId(name));
  }
}
