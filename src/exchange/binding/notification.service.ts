import { createHash, timingSafeEqual } from 'node:crypto';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import type { NotificationReader, ReceivedDocument } from '../../adaptor/protocol/inbound-protocol.js';
import type { SinkOutcome } from '../../adaptor/protocol/message-sink.js';
import { InboundProtocols } from '../../adaptor/protocol/wire-protocols.js';
import { jsonTextReader } from '../../kernel/json-text.js';
import { DomainError } from '../../problems/domain-error.js';
import { TwinDirectory } from '../../registry/twin-directory.js';
import { MAX_MESSAGE_DEPTH } from '../message/limits.js';
import { BindingMetrics } from './binding-metrics.js';
import { BindingRepository } from './binding.repository.js';
import type { StoredBinding } from './binding.js';
import { InboundSink } from './inbound-sink.js';
import { NotificationAddresses } from './notification-addresses.js';
import { NotificationCounts } from './notification-counts.js';
import { NotificationRoom } from './notification-room.js';
import { OrderedIntake } from './ordered-intake.js';

/** How long a document that cannot be taken for now is tried again before whoever brought it is told so. */
const TRY_MS = 10_000;
const RETRY_SECONDS = 2;
/** What is tried no longer here, without being refused. */
const LATE = 'late';
const NOT_NOW = { kind: 'refused', code: LATE, reason: 'not for now' } as const;
/** An id within an id a little longer than a secret, and not much. */
const ADDRESS = /^([A-Za-z0-9_-]{1,64})(?:\.([A-Za-z0-9_-]{1,128}))?$/;

const readJson = jsonTextReader({ maxDepth: MAX_MESSAGE_DEPTH + 2 });

/** Takes what sources bring by themselves, in any broker, whichever listens to the binding. */
@Injectable()
export class NotificationService implements BeforeApplicationShutdown {
  private readonly intake = new OrderedIntake(() => undefined);
  private readonly room = new NotificationRoom();

  constructor(
    private readonly addresses: NotificationAddresses,
    private readonly bindings: BindingRepository,
    private readonly protocols: InboundProtocols,
    private readonly twins: TwinDirectory,
    private readonly sink: InboundSink,
    private readonly counts: NotificationCounts,
    private readonly metrics: BindingMetrics,
  ) {}

  async beforeApplicationShutdown(): Promise<void> {
    await this.intake.close();
  }

  /**
   * Resolves when everything in it is durable, or refused for good: the binding tells of that.
   * @param named id of the address, maybe with the secret
   * @throws DomainError `not-found` for a wrong secret as for an unknown address; `malformed-message`, `validation-failed`; `rate-limited` or
   *   `shutting-down` when some of it could not be taken for now, or too much of the address is under way: it may come again as a whole
   */
  async take(named: string, shown: string | undefined, text: string): Promise<void> {
    const { address, binding, reader } = await this.open(named, shown);
    const leave = this.room.enter(address, text.length);
    try {
      readJson(text);
      if (await this.takeAll(address, binding, reader.read(text))) return;
    } finally {
      leave();
    }
    const detail = 'Some of it could not be taken for now; send it again.';
    throw new DomainError('rate-limited', detail, { retryAfterSeconds: RETRY_SECONDS });
  }

  private async open(
    named: string,
    shown: string | undefined,
  ): Promise<{ address: string; binding: StoredBinding; reader: NotificationReader }> {
    const [, id, within] = ADDRESS.exec(named) ?? [];
    const address = id === undefined ? undefined : await this.addresses.find(id);
    if (address === undefined || !isSame(address.secret, within ?? shown ?? '')) throw nothing();
    const { twin, binding: name } = address;
    const binding = await this.bindings.find(twin, name);
    if (binding?.enabled !== true || (await this.twins.find(twin))?.owner !== binding.organization) throw nothing();
    const reader = this.protocols.find(binding.protocol)?.notifications;
    if (reader?.wants(binding.settings) !== true) throw nothing();
    return { address: address.id, binding, reader };
  }

  /** Whether all are durable, or refused for good. Of one key none is taken while one before it was not: it comes again with that one. */
  private async takeAll(address: string, binding: StoredBinding, documents: readonly ReceivedDocument[]): Promise<boolean> {
    const begun = performance.now();
    const last = new Map<string, Promise<boolean>>();
    const taken = documents.map((document) => {
      const { orderingKey = '' } = document;
      const isTaken = this.takeOne(address, binding, document, begun, last.get(orderingKey));
      last.set(orderingKey, isTaken);
      return isTaken;
    });
    return !(await Promise.all(taken)).includes(false);
  }

  /**
   * Whether it is durable, or refused for good.
   * @param begun when the notification came
   * @param before the same of the document before it, of the same key
   */
  private async takeOne(
    address: string,
    { twin, name, feature, protocol }: StoredBinding,
    document: ReceivedDocument,
    begun: number,
    before?: Promise<boolean>,
  ): Promise<boolean> {
    const { position: _, identity, orderingKey = '', ...rest } = document;
    const inbound = {
      ...rest,
      orderingKey,
      ...(identity === undefined ? {} : { identity: `${name} ${identity}` }),
      twin,
      ...(feature === null ? {} : { feature }),
    };
    this.counts.came(address);
    const outcome = await this.intake.take(`${address} ${orderingKey}`, async (placed) => {
      // Its place in the order is kept meanwhile, before what other notifications bring of its key.
      if ((await before) === false) return NOT_NOW;
      const tried = await this.sink.take(inbound, placed);
      if (tried.kind !== 'later') return tried;
      this.counts.postponed(address);
      return performance.now() - begun > TRY_MS ? NOT_NOW : tried;
    });
    if (outcome.kind === 'later' || (outcome.kind === 'refused' && outcome.code === LATE)) return false;
    this.ended(address, protocol, document, outcome, performance.now() - begun);
    // What the broker failed at by itself may go well another time.
    return outcome.kind === 'taken' || outcome.code !== 'internal';
  }

  private ended(
    address: string,
    protocol: string,
    document: ReceivedDocument,
    outcome: Exclude<SinkOutcome, { kind: 'later' }>,
    ms: number,
  ): void {
    this.counts.ended(address, document, outcome, ms);
    this.metrics.latency.observe({ protocol }, ms / 1_000);
    this.metrics.documents.inc({ protocol, outcome: outcome.kind === 'taken' && outcome.repeated ? 'repeated' : outcome.kind });
  }
}

/** Compares in constant time, whatever the lengths. */
function isSame(secret: string, shown: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(secret), digest(shown));
}

function nothing(): DomainError {
  return new DomainError('not-found', 'There is no such thing.');
}
