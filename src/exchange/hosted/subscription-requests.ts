import { Injectable } from '@nestjs/common';
import { DomainError } from '../../problems/domain-error.js';
import { toStandingQueryDto } from '../../discovery/standing/standing-query.dto.js';
import { StandingQueryService } from '../../discovery/standing/standing-query.service.js';
import { fingerprint } from '../../kernel/canonical-json.js';
import type { Principal } from '../../security/principal.js';
import { parseDto, pointerToken } from '../../problems/dto-validation.js';
import { RegistryWishDto } from '../../registry/feed/registry-filter.dto.js';
import { subscriptionWire } from '../dto/subscription.dto.js';
import { readDataTerms, SubscriptionTermsDto } from '../dto/subscription-terms.dto.js';
import { type SubscriptionWish, SubscriptionService } from '../subscription/subscription.service.js';
import { type HostedAnswer, type HostedRequest, objectId, receiverId } from './hosted-request.js';

/** SUBSCRIBE and UNSUBSCRIBE: the broker keeps subscriptions for the provider, who publishes without knowing its readers. */
@Injectable()
export class SubscriptionRequests {
  constructor(
    private readonly subscriptions: SubscriptionService,
    private readonly standing: StandingQueryService,
  ) {}

  /** Carries out SUBSCRIBE or UNSUBSCRIBE. */
  async handle(request: HostedRequest): Promise<HostedAnswer> {
    const { principal, sender, tx } = request;
    if (isStandingWish(request)) return this.stand(request);
    if (request.envelope.data.action === 'UNSUBSCRIBE') {
      await this.subscriptions.unsubscribe(sender, wishOf(request), tx);
      return { code: 'NO_CONTENT' };
    }
    const { subscription, created } = await this.subscriptions.subscribe(principal, sender, wishOf(request), tx);
    return { code: created ? 'CREATED' : 'OK', payload: subscriptionWire(subscription) };
  }

  /** Lets the query stand, or ends it, in the sender's name and under one made of the query. */
  private async stand(request: HostedRequest): Promise<HostedAnswer> {
    const { principal, sender, tx, envelope } = request;
    const { query, expiresInSeconds, ...others } = envelope.data.parameters ?? {};
    const [unknown] = Object.keys(others);
    if (unknown !== undefined) {
      const pointer = `/data/parameters/${pointerToken(unknown)}`;
      throw new DomainError('validation-failed', `${pointer} does not go with a query.`, { pointer });
    }
    if (principal.kind === 'operator') throw new DomainError('forbidden', 'An operator never acts for a twin.');
    const caller: Principal = { kind: 'twin', organization: principal.organization, twin: sender, subject: principal.subject };
    const name = `subscription-${fingerprint({ query, sender }).toString('hex').slice(0, 32)}`;
    if (envelope.data.action === 'UNSUBSCRIBE') {
      await this.standing.delete(caller, name, tx);
      return { code: 'NO_CONTENT' };
    }
    const seconds = readSeconds(expiresInSeconds);
    const outcome = await this.standing.put(caller, name, { query, inbox: sender, expiresInSeconds: seconds }, { tx });
    return { code: outcome.created ? 'CREATED' : 'OK', payload: toStandingQueryDto(outcome.query) };
  }
}

/** Of the registry: one twin by its id, or what `parameters` let through; a feature by its name, of one twin (`parameters.twin`) or of any. */
function registryWish(request: HostedRequest, objectType: 'digitalTwin' | 'feature', seconds: number | undefined): SubscriptionWish {
  const { object, parameters } = request.envelope.data;
  const { expiresInSeconds: _seconds, ...filter } = parameters ?? {};
  const wish = parseDto(RegistryWishDto, filter, '/data/parameters');
  return {
    objectType,
    objectId: objectType === 'feature' ? objectId(request) : object.id,
    provider: wish.twin,
    filter: { types: wish.types, domain: wish.domain, owner: wish.owner },
    lane: request.envelope.header.lane,
    expiresInSeconds: seconds,
  };
}

/** A SUBSCRIBE to twins by a query: they are told of as they begin to match, change and cease to. */
function isStandingWish({ envelope: { data } }: HostedRequest): boolean {
  return data.object.type === 'digitalTwin' && data.object.id === undefined && data.parameters?.['query'] !== undefined;
}

function wishOf(request: HostedRequest): SubscriptionWish {
  const { object, parameters } = request.envelope.data;
  const { expiresInSeconds, ...terms } = parameters ?? {};
  const seconds = readSeconds(expiresInSeconds);
  switch (object.type) {
    case 'data':
      return {
        ...readDataTerms(parseDto(SubscriptionTermsDto, terms, '/data/parameters'), '/data/parameters'),
        objectType: 'data',
        objectId: objectId(request),
        provider: receiverId(request),
        lane: request.envelope.header.lane,
        expiresInSeconds: seconds,
      };
    case 'federationStatus':
    case 'communicationStatus':
      return { objectType: object.type, objectId: objectId(request), lane: request.envelope.header.lane, expiresInSeconds: seconds };
    case 'digitalTwin':
    case 'feature':
      return registryWish(request, object.type, seconds);
    case 'semanticTerm':
    case 'adaptationProfile':
    case 'function':
    case 'federation':
    case 'connection':
      throw new DomainError('action-not-applicable', `A ${object.type} cannot be subscribed to.`, { pointer: '/data/object/type' });
  }
}

function readSeconds(seconds: unknown): number | undefined {
  if (seconds === undefined) return undefined;
  if (typeof seconds === 'number' && Number.isInteger(seconds) && seconds >= 1 && seconds <= 31_536_000) return seconds;
  const pointer = '/data/parameters/expiresInSeconds';
  throw new DomainError('validation-failed', `${pointer} must be an integer from 1 to 31536000.`, { pointer });
}
