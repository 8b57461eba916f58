/**
 * Which broker delivers to which endpoints, and listens to which bindings. They are spread over 64 slots; a slot is held under a lease that its broker renews every `tickMs`,
 * for all its slots in one statement. A slot whose lease ran out is taken by whoever notices first, with a fence greater by one.
 *
 * A broker believes to hold a slot for a little less than the database does, counted by its own monotonic clock from before it asked. One that was
 * frozen finds that time over before it sends anything; what it had claimed has been given back by its successor, so that its tokens are stale.
 *
 * A broker that has less than its share asks for slots by name; their holder ends what is under way and hands them over.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import { BrokerSignals } from '../../database/broker-signals.js';
import { Database } from '../../database/database.js';
import { type LeaseQueries, OUTBOUND_LEASES } from './lease.queries.js';
import { OutboundTimes } from './outbound-times.js';
import { shareOf, type SlotRow } from './slot-share.js';

/** By how much a broker stops believing in its lease before it ends. */
const CAUTION = 0.9;

/** A slot that this broker holds, or held. */
export class HeldSlot {
  private until = 0;

  constructor(
    readonly slot: number,
    readonly fence: number,
  ) {}

  /** Whether it is surely this broker's at the moment. */
  get isHeld(): boolean {
    return performance.now() < this.until;
  }

  /** @param until by this process's monotonic clock, in milliseconds */
  extend(until: number): void {
    this.until = until;
  }
}

/** Told of slots that come and go. */
export interface SlotKeeper {
  gained(slots: readonly HeldSlot[]): Promise<void>;
  /** Another broker holds it already: everything is to be dropped at once. */
  lost(slot: HeldSlot): void;
  /** Another broker wants it: resolves when nothing is under way any more. */
  ended(slot: HeldSlot): Promise<void>;
}

/** Holds slots for this broker: those of outbound deliveries, or what a class that extends it says. */
@Injectable()
export class SlotLeases {
  protected readonly sql: LeaseQueries = OUTBOUND_LEASES;
  private readonly logger = new Logger(SlotLeases.name);
  private readonly held = new Map<number, HeldSlot>();
  private readonly leaving = new Set<number>();
  private readonly keepers: SlotKeeper[] = [];
  private fresh: HeldSlot[] = [];
  private ticking?: Promise<void>;

  constructor(
    private readonly database: Database,
    private readonly signals: BrokerSignals,
    @Inject(OutboundTimes) private readonly times: { readonly leaseMs: number },
  ) {}

  /** Numbers of the slots that this broker has. */
  get slots(): number[] {
    return [...this.held.keys()];
  }

  /** The slot, if this broker has it and is not about to hand it over. */
  find(slot: number): HeldSlot | undefined {
    return this.leaving.has(slot) ? undefined : this.held.get(slot);
  }

  /** Has a keeper told of all slots from now on. */
  attend(keeper: SlotKeeper): void {
    this.keepers.push(keeper);
  }

  /** Renews, takes what is free, asks for more and hands over what others ask for. Runs that come together melt into one. */
  async tick(): Promise<void> {
    this.ticking ??= this.renewAndTake().finally(() => {
      this.ticking = undefined;
    });
    return this.ticking;
  }

  /** The keeper has ended everything: when it was the last, lets go of all slots. */
  async leave(keeper: SlotKeeper): Promise<void> {
    const place = this.keepers.indexOf(keeper);
    if (place >= 0) this.keepers.splice(place, 1);
    if (this.keepers.length > 0) return;
    await this.ticking?.catch(() => undefined);
    this.held.clear();
    await this.database.query(this.sql.release, [this.signals.brokerId]);
  }

  private async renewAndTake(): Promise<void> {
    const me = this.signals.brokerId;
    await this.renew();
    const slots = await this.database.query<SlotRow>(this.sql.slots);
    const free = slots.filter(({ isFree }) => isFree).map(({ slot }) => slot);
    if (free.length > 0) await this.take(free);
    const wanted = shareOf(slots, me);
    if (wanted.length > 0) await this.database.query(this.sql.want, [me, wanted]);
    const fresh = this.fresh.filter((slot) => this.held.get(slot.slot) === slot);
    this.fresh = [];
    if (fresh.length > 0) for (const keeper of this.keepers) await keeper.gained(fresh);
  }

  private async renew(): Promise<void> {
    const asked = performance.now();
    const rows = await this.database.query<{ slot: number; fence: string; wantedBy: string | null }>(this.sql.renew, [
      this.signals.brokerId,
      this.times.leaseMs,
    ]);
    const mine = new Map(rows.map((row) => [row.slot, row]));
    for (const slot of [...this.held.values()]) {
      if (Number(mine.get(slot.slot)?.fence) === slot.fence) slot.extend(asked + this.times.leaseMs * CAUTION);
      else this.lose(slot);
    }
    for (const row of rows) {
      if (!this.held.has(row.slot)) this.gain(row, asked);
      else if (row.wantedBy !== null) this.handOver(row.slot);
    }
  }

  private async take(free: readonly number[]): Promise<void> {
    const asked = performance.now();
    const rows = await this.database.query<{ slot: number; fence: string }>(this.sql.take, [
      this.signals.brokerId,
      this.times.leaseMs,
      free,
    ]);
    for (const row of rows) {
      const old = this.held.get(row.slot);
      if (old !== undefined) this.lose(old);
      this.gain(row, asked);
    }
  }

  private gain({ slot: id, fence }: { slot: number; fence: string }, asked: number): void {
    const slot = new HeldSlot(id, Number(fence));
    slot.extend(asked + this.times.leaseMs * CAUTION);
    this.held.set(id, slot);
    this.fresh.push(slot);
  }

  private lose(slot: HeldSlot): void {
    slot.extend(0);
    this.held.delete(slot.slot);
    for (const keeper of this.keepers) keeper.lost(slot);
  }

  private handOver(id: number): void {
    const slot = this.held.get(id);
    if (slot === undefined || this.leaving.has(id)) return;
    this.leaving.add(id);
    // Renewed meanwhile: what is under way may take as long as an endpoint's timeout.
    Promise.all(this.keepers.map((keeper) => keeper.ended(slot)))
      .then(async () => {
        this.held.delete(id);
        await this.database.query(this.sql.handOver, [this.signals.brokerId, id, slot.fence, this.times.leaseMs]);
      })
      .catch((error: unknown) => this.logger.warn({ err: error }, 'A slot was not handed over; it will be taken when its lease is over.'))
      .finally(() => this.leaving.delete(id));
  }
}
