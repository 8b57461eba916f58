import { setTimeout as delay } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { OutboundProtocols } from '../../adaptor/protocol/wire-protocols.js';
import { BackgroundTasks } from '../../database/background-task.js';
import { DomainEvents } from '../../database/domain-events.js';
import type { TwinId } from '../../kernel/ids.js';
import { CountedSession } from './counted-session.js';
import { DeliveryRecord } from './delivery-record.js';
import { EndpointOpenings } from './endpoint-openings.js';
import { EndpointPump } from './endpoint-pump.js';
import type { StoredEndpoint } from './endpoint.js';
import { OutboundMetrics } from './outbound-metrics.js';
import { EndpointRepository } from './endpoint.repository.js';
import { OutboundTimes } from './outbound-times.js';
import { PumpParts } from './pump-parts.js';
import { type HeldSlot, type SlotKeeper, SlotLeases } from './slot-leases.js';

/** Begun at once after a slot was gained, and how long until the next, so that thousands of endpoints do not ask the database at the same time. */
const STARTS = { atOnce: 50, pauseMs: 20 } as const;
/** Idle endpoints looked at in one sweep. */
const SWEEP_SIZE = 100;
const EXTEND_MS = 2_000;
const COUNT_MS = 1_000;
const RECONCILE_MS = 10_000;

/** Runs a pump for every endpoint in the slots of this broker. */
@Injectable()
export class OutboundDispatcher implements OnApplicationBootstrap, BeforeApplicationShutdown, SlotKeeper {
  private readonly logger = new Logger(OutboundDispatcher.name);
  private readonly pumps = new Map<TwinId, EndpointPump>();
  private readonly turns = new Map<TwinId, Promise<void>>();
  private swept: TwinId[] = [];
  private stopped = false;

  constructor(
    private readonly leases: SlotLeases,
    private readonly endpoints: EndpointRepository,
    private readonly protocols: OutboundProtocols,
    private readonly openings: EndpointOpenings,
    private readonly parts: PumpParts,
    private readonly record: DeliveryRecord,
    private readonly metrics: OutboundMetrics,
    private readonly times: OutboundTimes,
    private readonly tasks: BackgroundTasks,
    private readonly events: DomainEvents,
  ) {}

  onApplicationBootstrap(): void {
    this.leases.attend(this);
    this.events.subscribe(['delivery.changed'], ({ subject }) => {
      this.inTurn(subject as TwinId, () => this.reload(subject as TwinId));
    });
    this.tasks.every(this.times.tickMs, 'outbound leases', () => this.look());
    this.tasks.every(this.times.sweepMs, 'idle outbound endpoints', () => this.sweep());
    this.tasks.every(RECONCILE_MS, 'outbound endpoints', () => this.reconcile());
    this.tasks.every(COUNT_MS, 'outbound figures', () => this.record.write(this.pumps));
    this.tasks.every(EXTEND_MS, 'outbound message leases', () => this.extendLeases());
  }

  /** Renews the leases of this broker and takes what is free. */
  async look(): Promise<void> {
    if (!this.stopped) await this.leases.tick();
  }

  /** Which broker delivers: whether this one does for the receiver. */
  delivers(receiver: TwinId): boolean {
    return this.pumps.has(receiver);
  }

  gained(slots: readonly HeldSlot[]): Promise<void> {
    // Not awaited: renewals go on while endpoints are begun. What fails is made up for by the next reconciliation.
    this.adopt(slots.map(({ slot }) => slot)).catch((error: unknown) => {
      this.logger.warn({ err: error }, 'Outbound endpoints were not begun; they will be soon.');
    });
    return Promise.resolve();
  }

  lost({ slot }: HeldSlot): void {
    for (const [receiver, pump] of this.pumps) {
      if (pump.state.slot !== slot) continue;
      pump.abandon();
      this.pumps.delete(receiver);
    }
  }

  async ended({ slot }: HeldSlot): Promise<void> {
    const ending = [...this.pumps].filter(([, pump]) => pump.state.slot === slot);
    await Promise.all(ending.map(([, pump]) => pump.stop()));
    await this.count();
    for (const [receiver, pump] of ending) if (this.pumps.get(receiver) === pump) this.pumps.delete(receiver);
  }

  /** Ends what is under way within the time there is, and lets go of the slots: another broker goes on at once. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    const ended = Promise.all([...this.pumps.values()].map((pump) => pump.stop()));
    const isEnded = await Promise.race([ended.then(() => true), delay(this.times.drainMs, false, { ref: false })]);
    if (!isEnded) for (const pump of this.pumps.values()) pump.abandon();
    await this.count();
    await this.leases.leave(this).catch(() => undefined);
  }

  /** While the slot is still held, as nobody can write afterwards; what is not written is not worth keeping a slot from others. */
  private async count(): Promise<void> {
    await this.record.write(this.pumps).catch((error: unknown) => {
      this.logger.warn({ err: error }, 'The last figures of outbound deliveries were not written.');
    });
  }

  private async adopt(slots: readonly number[]): Promise<void> {
    const endpoints = await this.endpoints.ofSlots(slots);
    for (let start = 0; start < endpoints.length; start += STARTS.atOnce) {
      for (const endpoint of endpoints.slice(start, start + STARTS.atOnce)) {
        this.inTurn(endpoint.receiver, () => this.replace(endpoint.receiver, endpoint));
      }
      await delay(STARTS.pauseMs, undefined, { ref: false });
    }
  }

  private async reload(receiver: TwinId): Promise<void> {
    const endpoint = await this.endpoints.find(receiver);
    if (endpoint !== undefined && this.leases.find(endpoint.slot) === undefined) await this.look();
    await this.replace(receiver, endpoint);
  }

  private async replace(receiver: TwinId, endpoint: StoredEndpoint | undefined): Promise<void> {
    const old = this.pumps.get(receiver);
    const slot = endpoint === undefined || endpoint.state === 'DISABLED' ? undefined : this.leases.find(endpoint.slot);
    if (old !== undefined) {
      const { revision, state } = old.state;
      const isSame = slot?.fence === old.fence && revision === endpoint?.revision && state === endpoint.state;
      if (isSame && !old.isOver) return;
      await old.stop();
      if (this.pumps.get(receiver) === old) this.pumps.delete(receiver);
    }
    if (endpoint !== undefined && slot?.isHeld === true && !this.stopped) await this.begin(endpoint, slot);
  }

  private async begin(endpoint: StoredEndpoint, slot: HeldSlot): Promise<void> {
    const protocol = this.protocols.find(endpoint.protocol);
    if (protocol === undefined) return;
    const session = protocol.open(await this.openings.of(endpoint));
    if (this.leases.find(slot.slot) !== slot) return session.close();
    const counted = new CountedSession(session, (outcome, ms) => this.record.tried(endpoint, slot.fence, outcome, ms));
    const pump = new EndpointPump(endpoint, slot, counted, protocol.limits(endpoint.settings), this.parts);
    this.pumps.set(endpoint.receiver, pump);
    pump.start();
  }

  /** One change of a receiver's pump at a time. */
  private inTurn(receiver: TwinId, work: () => Promise<void>): void {
    const turn = (this.turns.get(receiver) ?? Promise.resolve()).then(work).catch((error: unknown) => {
      if (!this.stopped) this.logger.warn({ err: error, receiver }, 'An outbound endpoint was not begun; it will be tried again.');
    });
    this.turns.set(receiver, turn);
    void turn.then(() => {
      if (this.turns.get(receiver) === turn) this.turns.delete(receiver);
    });
  }

  /** Makes up for whatever was missed. */
  private async reconcile(): Promise<void> {
    const stored = await this.endpoints.ofSlots(this.leases.slots);
    const known = new Set(stored.map(({ receiver }) => receiver));
    for (const endpoint of stored) this.inTurnIfChanged(endpoint);
    for (const receiver of this.pumps.keys()) if (!known.has(receiver)) this.inTurn(receiver, () => this.reload(receiver));
    this.metrics.show([...this.pumps.values()].map(({ state }) => state));
  }

  private inTurnIfChanged({ receiver, revision }: StoredEndpoint): void {
    const pump = this.pumps.get(receiver);
    if (pump === undefined || pump.isOver || pump.state.revision !== revision) this.inTurn(receiver, () => this.reload(receiver));
  }

  private sweep(): Promise<void> {
    if (this.swept.length === 0) this.swept = [...this.pumps.keys()];
    for (const receiver of this.swept.splice(0, SWEEP_SIZE)) this.pumps.get(receiver)?.poke();
    return Promise.resolve();
  }

  private async extendLeases(): Promise<void> {
    await Promise.all([...this.pumps.values()].map((pump) => pump.extendLeases()));
  }
}
