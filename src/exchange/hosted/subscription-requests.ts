import { Injectable } from '@nestjs/common';
import { DomainError } from '../../problems/domain-error.js';
import { subscriptionWire } from '../dto/subscription.dto.js';
import { type SubscriptionWish, SubscriptionService } from '../subscription/subscription.service.js';
import { type HostedAnswer, type HostedRequest, objectId, receiverId } from './hosted-request.js';

/** SUBSCRIBE and UNSUBSCRIBE: the broker keeps subscriptions for the provider, who publishes without knowing its readers. */
@Injectable()
export class SubscriptionRequests {
  constructor(private readonly subscriptions: SubscriptionService) {}

  /** Carries out SUBSCRIBE or UNSUBSCRIBE. */
  async handle(request: HostedRequest): Promise<HostedAnswer> {
    const { principal, sender, tx } = request;
    if (request.envelope.data.action === 'UNSUBSCRIBE') {
      await this.subscriptions.unsubscribe(sender, wishOf(request), tx);
      return { code: 'NO_CONTENT' };
    }
    const { subscription, created } = await this.subscriptions.subscribe(principal, sender, wishOf(request), tx);
    return { code: created ? 'CREATED' : 'OK', payload: subscriptionWire(subscription) };
  }
}

function wishOf(request: HostedRequest): SubscriptionWish {
  const { object, parameters } = request.envelope.data;
  const seconds = parameters?.['expiresInSeconds'];
  if (seconds !== undefined && (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 1 || seconds > 31_536_000)) {
    throw new DomainError('validation-failed', '/data/parameters/expiresInSeconds must be an integer from 1 to 31536000.', {
      pointer: '/data/parameters/expiresInSeconds',
    });
  }
  switch (object.type) {
    case 'data':
      return {
        objectType: 'data',
        objectId: objectId(request),
        provider: receiverId(request),
        lane: request.envelope.header.lane,
        expiresInSeconds: seconds,
      };
    case 'federationStatus':
    case 'communicationStatus':
    case 'digitalTwin':
    case 'feature':
      return { objectType: object.type, objectId: objectId(request), lane: request.envelope.header.lane, expiresInSeconds: seconds };
    case 'semanticTerm':
    case 'adaptationProfile':
    case 'function':
    case 'federation':
    case 'connection':
      throw new DomainError('action-not-applicable', `A ${object.type} cannot be subscribed to.`, { pointer: '/data/object/type' });
  }
}
