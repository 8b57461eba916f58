import { setTimeout as delay } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { InboundProtocols } from '../../adaptor/protocol/wire-protocols.js';
import { BackgroundTasks } from '../../database/background-task.js';
import { Database } from '../../database/database.js';
import { DomainEvents } from '../../database/domain-events.js';
import type { TwinId } from '../../kernel/ids.js';
import { Absences } from '../../registry/lease/absences.js';
import { TwinDirectory } from '../../registry/twin-directory.js';
import { OutboundTimes } from '../outbound/outbound-times.js';
import { type HeldSlot, type SlotKeeper, SlotLeases } from '../outbound/slot-leases.js';
import { WireCredentials } from '../wire-credential/wire-credentials.js';
import { BindingFeed, type FeedParts } from './binding-feed.js';
import { BindingMetrics } from './binding-metrics.js';
import { BindingRepository } from './binding.repository.js';
import { sessionBinding, wireOf } from './binding-wire.js';
import { goesOnAs, keyOf, type StoredBinding } from './binding.js';
import { InboundSink } from './inbound-sink.js';
import { NotificationAddresses } from './notification-addresses.js';

const COUNT_MS = 1_000;
const RECONCILE_MS = 10_000;

/** Runs a feed for every enabled binding in the slots of this broker. */
@Injectable()
export class BindingRunner implements OnApplicationBootstrap, BeforeApplicationShutdown, SlotKeeper {
  private readonly logger = new Logger(BindingRunner.name);
  private readonly feeds = new Map<string, BindingFeed>();
  private readonly turns = new Map<string, Promise<void>>();
  private readonly parts: FeedParts;
  private stopped = false;

  constructor(
    private readonly leases: SlotLeases,
    private readonly bindings: BindingRepository,
    private readonly protocols: InboundProtocols,
    private readonly credentials: WireCredentials,
    private readonly times: OutboundTimes,
    private readonly tasks: BackgroundTasks,
    private readonly events: DomainEvents,
    private readonly metrics: BindingMetrics,
    private readonly addresses: NotificationAddresses,
    sink: InboundSink,
    absences: Absences,
    twins: TwinDirectory,
    database: Database,
  ) {
    this.parts = { sink, bindings, absences, twins, metrics, database, logger: this.logger };
  }

  onApplicationBootstrap(): void {
    this.leases.attend(this);
    this.events.subscribe(['binding.changed'], ({ subject, data }) => {
      const { name } = data;
      if (typeof name === 'string') this.inTurn({ twin: subject as TwinId, name }, () => this.reload(subject as TwinId, name));
    });
    this.tasks.every(COUNT_MS, 'inbound figures', () => this.count());
    this.tasks.every(RECONCILE_MS, 'inbound bindings', () => this.reconcile());
  }

  /** Whether this broker listens to the binding. */
  listens(twin: TwinId, name: string): boolean {
    return this.feeds.has(keyOf({ twin, name }));
  }

  gained(slots: readonly HeldSlot[]): Promise<void> {
    // Not awaited: renewals go on while bindings are begun. What fails is made up for by the next reconciliation.
    this.adopt(slots.map(({ slot }) => slot)).catch((error: unknown) => {
      this.logger.warn({ err: error }, 'Inbound bindings were not begun; they will be soon.');
    });
    return Promise.resolve();
  }

  lost({ slot }: HeldSlot): void {
    for (const [key, feed] of this.feeds) {
      if (feed.binding.slot !== slot) continue;
      feed.abandon();
      this.feeds.delete(key);
    }
  }

  async ended({ slot }: HeldSlot): Promise<void> {
    const ending = [...this.feeds].filter(([, feed]) => feed.binding.slot === slot);
    await this.stop(ending, true);
  }

  /** Lets what is being taken end within the time there is, and lets go of the slots: another broker goes on at once. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    const open = [...this.feeds];
    const isEnded = await Promise.race([this.stop(open, true).then(() => true), delay(this.times.drainMs, false, { ref: false })]);
    if (!isEnded) for (const [, feed] of open) feed.abandon();
    await this.leases.leave(this).catch(() => undefined);
  }

  private async stop(ending: readonly (readonly [string, BindingFeed])[], goesOn: boolean): Promise<void> {
    await Promise.allSettled(ending.map(([, feed]) => feed.stop(goesOn)));
    for (const [key, feed] of ending) if (this.feeds.get(key) === feed) this.feeds.delete(key);
  }

  private async adopt(slots: readonly number[]): Promise<void> {
    for (const binding of await this.bindings.ofSlots(slots)) this.inTurn(binding, () => this.replace(keyOf(binding), binding));
  }

  private async reload(twin: TwinId, name: string): Promise<void> {
    const binding = await this.bindings.find(twin, name);
    if (binding !== undefined && this.leases.find(binding.slot) === undefined && !this.stopped) await this.leases.tick();
    await this.replace(keyOf({ twin, name }), binding);
  }

  /** Ends the feed of an older configuration before the new one begins: one session at a time. */
  private async replace(key: string, binding: StoredBinding | undefined): Promise<void> {
    const old = this.feeds.get(key);
    const slot = binding?.enabled === true ? this.leases.find(binding.slot) : undefined;
    if (old !== undefined) {
      const isSame = slot === old.slot && old.binding.revision === binding?.revision;
      if (isSame && !old.isOver) return;
      await this.stop([[key, old]], goesOnAs(old.binding, binding));
    }
    if (binding === undefined || slot?.isHeld !== true || this.stopped) return;
    // The last one may have counted on, and gone further, while it ended.
    const latest = old === undefined ? binding : await this.bindings.find(binding.twin, binding.name);
    if (latest?.enabled === true) await this.begin(key, latest, slot);
  }

  private async begin(key: string, binding: StoredBinding, slot: HeldSlot): Promise<void> {
    const protocol = this.protocols.find(binding.protocol);
    if (protocol === undefined) return;
    const secrets = await this.credentials.open({ twin: binding.twin, ...wireOf(binding.name) }, binding.organization);
    const address = protocol.notifications?.wants(binding.settings) === true ? await this.addresses.of(binding) : undefined;
    if (this.leases.find(slot.slot) !== slot || this.stopped) return;
    const feed = new BindingFeed(binding, slot, this.parts);
    this.feeds.set(key, feed);
    feed.start(protocol.open(sessionBinding(binding, secrets, address), feed));
  }

  /** One change of a binding's feed at a time. */
  private inTurn(binding: Pick<StoredBinding, 'twin' | 'name'>, work: () => Promise<void>): void {
    const key = keyOf(binding);
    const turn = (this.turns.get(key) ?? Promise.resolve()).then(work).catch((error: unknown) => {
      if (!this.stopped) this.logger.warn({ err: error, ...binding }, 'An inbound binding was not begun; it will be tried again.');
    });
    this.turns.set(key, turn);
    void turn.then(() => {
      if (this.turns.get(key) === turn) this.turns.delete(key);
    });
  }

  private async count(): Promise<void> {
    for (const feed of this.feeds.values()) await feed.count();
    this.metrics.show([...this.feeds.values()].map(({ binding, state }) => ({ protocol: binding.protocol, state })));
  }

  /** Makes up for whatever was missed. */
  private async reconcile(): Promise<void> {
    const stored = new Map((await this.bindings.ofSlots(this.leases.slots)).map((binding) => [keyOf(binding), binding]));
    for (const [key, binding] of stored) {
      const feed = this.feeds.get(key);
      if (feed === undefined || feed.isOver || feed.binding.revision !== binding.revision) {
        this.inTurn(binding, () => this.reload(binding.twin, binding.name));
      }
    }
    for (const [key, { binding }] of this.feeds) if (!stored.has(key)) this.inTurn(binding, () => this.reload(binding.twin, binding.name));
  }
}
