import { randomUUID } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { DomainEvents } from '../../database/domain-events.js';
import { isConstraint } from '../../database/sqlstate.js';
import { type Transaction, UnitOfWork } from '../../database/unit-of-work.js';
import { ConnectionDirectory } from '../../federation/connection-directory.js';
import { ConnectionService } from '../../federation/connection.service.js';
import { FederationService } from '../../federation/federation.service.js';
import { canonicalJson } from '../../kernel/canonical-json.js';
import { parseConnectionId, parseFederationId, parseTwinId, type TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { TwinDirectory } from '../../registry/twin-directory.js';
import type { Principal } from '../../security/principal.js';
import type { RegistryEventFilter } from '../../registry/feed/registry-event.js';
import { REGISTRY_PARTY } from '../../vocabulary/envelope.js';
import { Inboxes } from '../inbox/inboxes.js';
import { before, LANE_NUMBERS, streamChannel } from '../log/log-row.js';
import { filteredChannel, RegistrySubscriptions } from './registry-subscriptions.js';
import { type Subscription, SubscriptionRepository } from './subscription.repository.js';
import { isEmpty, type SubscriptionTerms, type TermsEpoch, termsOf, withEpoch } from './terms/subscription-terms.js';
import type { TermsCounts } from './terms/told.js';

/** What a twin wishes to be told of. */
export interface SubscriptionWish {
  /** Chosen by the subscriber, or minted. */
  id?: string;
  objectType: 'data' | 'federationStatus' | 'communicationStatus' | 'digitalTwin' | 'feature';
  /** Name of the feature; or id of the federation, connection or twin. Of twins it may be absent: all that the filter lets through. */
  objectId?: string;
  /** Of data, and if one is meant, of a feature: the twin whose it is. */
  provider?: string;
  /** Of twins without an id: which changes. */
  filter?: Pick<RegistryEventFilter, 'types' | 'domain' | 'owner'>;
  lane?: keyof typeof LANE_NUMBERS;
  expiresInSeconds?: number;
  /** Of data: what is asked of the messages, checked. */
  terms?: SubscriptionTerms;
  /** Of data: whether the last value published before is told first. */
  lastValue?: boolean;
}

/** Member states of who is outside a federation. */
const OUTSIDE: readonly string[] = ['LEFT', 'REMOVED', 'DECLINED'];

interface Target {
  channel: string;
  provider: string;
  connectionId: string | null;
  /** Of data: the unit of the feature. */
  unit?: string;
}

/** What may change of a subscription; `expiresInSeconds`: null, never; absent, as it is. */
export interface SubscriptionChange {
  lane: keyof typeof LANE_NUMBERS;
  expiresInSeconds?: number | null;
  terms: SubscriptionTerms;
}

/** Subscriptions: publishing writes one row to a stream, subscribers read the stream by their own cursor. */
@Injectable()
export class SubscriptionService implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly uow: UnitOfWork,
    private readonly repository: SubscriptionRepository,
    private readonly connections: ConnectionDirectory,
    private readonly connectionService: ConnectionService,
    private readonly federations: FederationService,
    private readonly twins: TwinDirectory,
    private readonly registry: RegistrySubscriptions,
    private readonly inboxes: Inboxes,
    private readonly events: DomainEvents,
  ) {}

  onModuleInit(): void {
    this.events.subscribe(['connection.changed'], async (event) => {
      if (event.data['state'] === 'RELEASED') await this.endOfConnection(event.subject);
    });
    this.events.subscribe(['member.changed'], async ({ subject, data }) => {
      if (OUTSIDE.includes(String(data['state']))) await this.endOfMembership(parseTwinId(data['twin']), subject);
    });
  }

  /**
   * Subscribes `subscriber` to a stream it may read; the same wish again gives the same subscription.
   * @throws DomainError `state-conflict` when no open connection carries the feature, `not-found`
   */
  async subscribe(
    principal: Principal,
    subscriber: TwinId,
    wish: SubscriptionWish,
    tx?: Transaction,
  ): Promise<{ subscription: Subscription; created: boolean }> {
    refuseSuperfluousFilter(wish);
    const target = await this.target(principal, subscriber, wish);
    const expiresAt = wish.expiresInSeconds === undefined ? null : new Date(this.database.clock.now() + wish.expiresInSeconds * 1_000);
    return this.uow.join(tx, async (within) => {
      const end = await this.repository.endOf(within, target.channel);
      const tellsLast = wish.lastValue === true && end !== '0';
      const startPosition = tellsLast ? before(end) : end;
      const terms = wish.terms ?? {};
      const { unit, ...place } = target;
      const made = await this.put(within, {
        ...place,
        id: wish.id ?? randomUUID(),
        subscriber,
        objectType: wish.objectType,
        objectId: wish.objectId ?? '',
        lane: LANE_NUMBERS[wish.lane ?? 'normal'],
        expiresAt,
        filter: filterOf(wish) ?? null,
        startPosition,
        terms: isEmpty(terms) ? null : [{ from: startPosition, revision: randomUUID(), unit, terms }],
        lastValuePosition: tellsLast ? end : null,
      });
      const outcome = made.created ? made : { created: false, subscription: await this.renewed(within, made.subscription, terms, unit) };
      within.record({ kind: 'subscription.changed', subject: subscriber, data: { id: outcome.subscription.id, state: 'OPEN' } });
      return outcome;
    });
  }

  /**
   * Changes what a subscription asks for, from the end of its stream on: what was published before and still waits is judged by the former terms.
   * @throws DomainError `not-found`, and what `change` throws
   */
  async change(subscriber: TwinId, id: string, change: (subscription: Subscription) => SubscriptionChange): Promise<Subscription> {
    return this.uow.run(async (tx) => {
      const found = await this.repository.lock(tx, subscriber, id);
      if (found === undefined) throw new DomainError('not-found', `${subscriber} has no subscription ${id}.`);
      const { lane, expiresInSeconds, terms } = change(found);
      const expiresAt =
        expiresInSeconds === undefined
          ? found.expiresAt
          : expiresInSeconds === null
            ? null
            : new Date(this.database.clock.now() + expiresInSeconds * 1_000);
      const unit = found.objectType === 'data' ? await this.unitOf(parseTwinId(found.provider), found.objectId) : undefined;
      const changed = await this.renewed(tx, { ...found, lane: LANE_NUMBERS[lane], expiresAt }, terms, unit, true);
      tx.record({ kind: 'subscription.changed', subject: subscriber, data: { id, state: 'OPEN' } });
      return changed;
    });
  }

  /** About how many messages each subscription with terms let through, from the state of the inbox. */
  async counts(subscriber: TwinId): Promise<Readonly<Record<string, TermsCounts>>> {
    const { told } = await this.inboxes.read(subscriber);
    return Object.fromEntries(Object.entries(told ?? {}).map(([id, { counts }]) => [id, counts]));
  }

  /** The subscription with new terms, if they differ; otherwise, and unless it must be stored, as it is. */
  private async renewed(
    tx: Transaction,
    subscription: Subscription,
    terms: SubscriptionTerms,
    unit?: string,
    store = false,
  ): Promise<Subscription> {
    const epochs = subscription.terms;
    if (canonicalJson(termsOf(subscription)) === canonicalJson(terms))
      return store ? this.repository.change(tx, subscription) : subscription;
    const first: TermsEpoch = { from: subscription.startPosition, revision: randomUUID(), terms: {} };
    const next: TermsEpoch = { from: await this.repository.endOf(tx, subscription.channel), revision: randomUUID(), unit, terms };
    return this.repository.change(tx, { ...subscription, terms: withEpoch(epochs ?? [first], next) });
  }

  /** Ends a subscription by its id. @throws DomainError `not-found` */
  async end(subscriber: TwinId, id: string, tx?: Transaction): Promise<void> {
    await this.uow.join(tx, async (within) => {
      this.recordEnd(within, subscriber, await this.repository.delete(within, subscriber, id), id);
    });
  }

  /** Ends the subscription that a wish like this one made. @throws DomainError `not-found` */
  async unsubscribe(subscriber: TwinId, wish: SubscriptionWish, tx?: Transaction): Promise<void> {
    const channel = channelOf(subscriber, wish);
    await this.uow.join(tx, async (within) => {
      const ended = await this.repository.deleteByChannel(within, subscriber, channel);
      this.recordEnd(within, subscriber, ended, wish.objectId ?? 'of this filter');
    });
  }

  /** The open subscriptions of a twin, oldest first. */
  list(subscriber: TwinId): Promise<Subscription[]> {
    return this.repository.listOpen(subscriber);
  }

  private async put(tx: Transaction, wish: Parameters<SubscriptionRepository['put']>[1]): ReturnType<SubscriptionRepository['put']> {
    try {
      return await this.repository.put(tx, wish);
    } catch (error) {
      if (!isConstraint(error, 'subscription_pkey')) throw error;
      throw new DomainError('already-exists', `${wish.subscriber} has another subscription of the id ${wish.id}.`, { cause: error });
    }
  }

  private recordEnd(tx: Transaction, subscriber: TwinId, ended: Subscription | undefined, name: string): void {
    if (ended === undefined) throw new DomainError('not-found', `${subscriber} has no subscription ${name}.`);
    tx.record({ kind: 'subscription.changed', subject: subscriber, data: { id: ended.id, state: 'ENDED' } });
  }

  private async endOfConnection(connectionId: string): Promise<void> {
    await this.uow.run(async (tx) => {
      for (const ended of await this.repository.deleteOfConnection(tx, connectionId)) {
        tx.record({ kind: 'subscription.changed', subject: ended.subscriber, data: { id: ended.id, state: 'ENDED' } });
      }
    });
  }

  /** A twin that left is no longer told of the federation, nor of twins it saw only there, nor they of it. */
  private async endOfMembership(twin: TwinId, federationId: string): Promise<void> {
    await this.uow.run(async (tx) => {
      const ended = await this.repository.deleteByChannel(tx, twin, streamChannel('federation', federationId));
      if (ended !== undefined) tx.record({ kind: 'subscription.changed', subject: twin, data: { id: ended.id, state: 'ENDED' } });
      await this.registry.endOfCompany(tx, twin);
    });
  }

  private async target(principal: Principal, subscriber: TwinId, wish: SubscriptionWish): Promise<Target> {
    switch (wish.objectType) {
      case 'data':
        return this.dataTarget(subscriber, wish);
      case 'federationStatus': {
        const { id } = await this.federations.read(principal, parseFederationId(wish.objectId));
        return { channel: channelOf(subscriber, wish), provider: id, connectionId: null };
      }
      case 'communicationStatus': {
        const { id } = await this.connectionService.read(principal, parseConnectionId(wish.objectId));
        return { channel: channelOf(subscriber, wish), provider: id, connectionId: null };
      }
      case 'digitalTwin':
      case 'feature': {
        const named = wish.objectType === 'feature' ? wish.provider : wish.objectId;
        if (named === undefined) return { channel: channelOf(subscriber, wish), provider: REGISTRY_PARTY.id, connectionId: null };
        const id = parseTwinId(named);
        if (!(await this.twins.isVisible(principal, id))) throw new DomainError('not-found', `There is no twin ${id}.`);
        return { channel: channelOf(subscriber, wish), provider: id, connectionId: null };
      }
    }
  }

  private async dataTarget(subscriber: TwinId, wish: SubscriptionWish): Promise<Target> {
    const provider = parseTwinId(wish.provider);
    const open = (await this.connections.between(subscriber, provider)).filter((each) => each.state === 'CONNECTED');
    const carrying = open.find((each) =>
      each.features.some((feature) => feature.twin === provider && feature.kind === 'data' && feature.name === wish.objectId),
    );
    if (carrying === undefined) {
      throw new DomainError('state-conflict', `No open connection between ${subscriber} and ${provider} covers the data ${wish.objectId}.`);
    }
    const unit = await this.unitOf(provider, wish.objectId ?? '');
    return { channel: channelOf(subscriber, wish), provider, connectionId: carrying.id, unit };
  }

  private async unitOf(provider: TwinId, feature: string): Promise<string | undefined> {
    const twin = await this.twins.find(provider);
    return twin?.features.find((each) => each.kind === 'data' && each.name === feature)?.unit;
  }
}

function refuseSuperfluousFilter({ objectType, objectId, filter }: SubscriptionWish): void {
  if (JSON.stringify(filter ?? {}) === '{}' || (objectType === 'digitalTwin' && objectId === undefined)) return;
  const errors = [{ pointer: '/filter', detail: 'belongs to digitalTwin without an id' }];
  throw new DomainError('validation-failed', 'A filter belongs to a subscription to digitalTwin that names no twin.', {
    pointer: '/filter',
    errors,
  });
}

/** Of a wish for part of the change feed: which. One twin is told of by its own stream. */
function filterOf({ objectType, objectId, provider, filter }: SubscriptionWish): RegistryEventFilter | undefined {
  if (objectType === 'feature') return { feature: objectId, twin: provider };
  return objectType === 'digitalTwin' && objectId === undefined ? (filter ?? {}) : undefined;
}

/** The stream that a wish is about. */
function channelOf(subscriber: TwinId, wish: SubscriptionWish): string {
  const { objectType, objectId, provider } = wish;
  const filter = filterOf(wish);
  if (filter !== undefined) return filteredChannel(subscriber, filter);
  switch (objectType) {
    case 'federationStatus':
      return streamChannel('federation', parseFederationId(objectId));
    case 'communicationStatus':
      return streamChannel('connection', parseConnectionId(objectId));
    case 'digitalTwin':
      return streamChannel('twin', parseTwinId(objectId));
    case 'feature':
    case 'data':
      return streamChannel('feature', parseTwinId(provider), objectId ?? '');
  }
}
