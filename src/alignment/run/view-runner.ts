import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { Units } from '../../dictionary/unit/units.js';
import { BackgroundTasks } from '../../database/background-task.js';
import { Database } from '../../database/database.js';
import { type DomainEvent, DomainEvents } from '../../database/domain-events.js';
import { SegmentKeeper } from '../../database/segment-keeper.js';
import type { HeldSlot, SlotKeeper } from '../../exchange/outbound/slot-leases.js';
import { ViewRepository } from '../view/view.repository.js';
import { Checkpoints, ViewLost } from './checkpoints.js';
import { ViewLeases } from './view-leases.js';
import { ViewPass } from './view-pass.js';
import { ViewRun } from './view-run.js';
import { ViewTimes } from './view-times.js';

const RECONCILE_MS = 10_000;
const SLOT_SEGMENTS = 6;
/** Views that are stored at the same time. */
const SETTLED_AT_ONCE = 3;

/** Joins the views in the slots of this broker. What fails is let go and loaded again from where it was stored last. */
@Injectable()
export class ViewRunner implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown, SlotKeeper {
  private readonly logger = new Logger(ViewRunner.name);
  private readonly runs = new Map<string, ViewRun>();
  /** When it is to be looked which views there are, by the monotonic clock. */
  private reconcileAt = 0;
  private passing?: Promise<void>;
  private stopped = false;

  constructor(
    private readonly leases: ViewLeases,
    private readonly views: ViewRepository,
    private readonly checkpoints: Checkpoints,
    private readonly pass: ViewPass,
    private readonly times: ViewTimes,
    private readonly units: Units,
    private readonly database: Database,
    private readonly segments: SegmentKeeper,
    private readonly tasks: BackgroundTasks,
    private readonly events: DomainEvents,
    private readonly config: Config,
  ) {}

  async onModuleInit(): Promise<void> {
    const retention = this.config.messageRetentionSeconds;
    await this.segments.keep({
      family: 'view',
      tables: [{ name: 'view_slot', key: 'segment' }],
      spanSeconds: retention / SLOT_SEGMENTS,
      keepSeconds: retention,
    });
  }

  onApplicationBootstrap(): void {
    this.leases.attend(this);
    this.events.subscribe(['view.changed'], () => {
      this.reconcileAt = 0;
    });
    this.events.subscribe(['connection.changed'], ({ data }) => this.mark([String(data['requester']), String(data['responder'])]));
    this.events.subscribe(
      ['twin.registered', 'twin.updated', 'twin.deregistered', 'twin.status-changed', 'twin.transferred'],
      ({ subject }: DomainEvent) => this.mark([subject]),
    );
    this.tasks.every(this.times.tickMs, 'view leases', () => this.tick());
    this.tasks.every(this.times.passMs, 'views', () => this.go());
  }

  /** Whether this broker joins the view. */
  joins(view: string): boolean {
    return this.runs.has(view);
  }

  /** Renews the leases of this broker and takes what is free. */
  async tick(): Promise<void> {
    if (!this.stopped) await this.leases.tick();
  }

  /** One look at all views that are due. */
  async go(): Promise<void> {
    if (this.stopped) return;
    this.passing ??= this.goOnce().finally(() => {
      this.passing = undefined;
    });
    await this.passing;
  }

  gained(_slots: readonly HeldSlot[]): Promise<void> {
    this.reconcileAt = 0;
    return Promise.resolve();
  }

  lost({ slot }: HeldSlot): void {
    for (const [id, run] of this.runs) if (run.view.slot === slot) this.runs.delete(id);
  }

  async ended(slot: HeldSlot): Promise<void> {
    this.lost(slot);
    await this.passing?.catch(() => undefined);
    this.lost(slot);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    await this.passing?.catch(() => undefined);
    this.runs.clear();
    await this.leases.leave(this).catch((error: unknown) => {
      this.logger.warn({ err: error }, 'The leases of views were not given back; they run out by themselves.');
    });
  }

  private mark(twins: readonly string[]): void {
    for (const run of this.runs.values()) {
      // Whoever is connected to the host may be selected.
      if (twins.includes(run.view.definition.host) || twins.some((twin) => run.isAbout(twin))) run.mayHaveChanged = true;
    }
  }

  private async goOnce(): Promise<void> {
    if (performance.now() >= this.reconcileAt) await this.reconcile();
    const now = this.database.clock.now();
    const due = [...this.runs.values()].filter((run) => run.dueAt <= now && this.isHeld(run));
    if (due.length === 0) return;
    const looked = await this.each(due, (run) => this.pass.look(run));
    const began = performance.now();
    const complete = await this.readAll(looked);
    if (complete === undefined) return;
    const took = performance.now() - began;
    await this.each(looked, async (run) => {
      if (this.isHeld(run)) await this.pass.settle(run, complete);
    });
    for (const run of looked) run.dueAt = this.dueAfter(run, complete, took);
  }

  /** Reads for all; a value that nobody can count must not be lost, so that what fails is loaded again. */
  private async readAll(runs: readonly ViewRun[]): Promise<number | undefined> {
    try {
      return await this.pass.read(runs);
    } catch (error) {
      for (const run of runs) this.drop(run, error);
      return undefined;
    }
  }

  /** When a view is looked at again: a few times in a slot, and as soon as the next slot can be closed. */
  private dueAfter(run: ViewRun, complete: number, took: number): number {
    const { lookLeastMs, lookMostMs, restPerReading, closingMs } = this.times;
    const { slotMs, lateness } = run.view.definition;
    const rested = this.database.clock.now() + took * restPerReading;
    const wished = complete + Math.min(Math.max(slotMs / 4, lookLeastMs), lookMostMs);
    const next = Math.max(rested, wished);
    const closing = run.timeline.state.next + slotMs + lateness.delayMs + closingMs;
    // A look that would still be under way then is left out.
    return closing > complete && next + took > closing ? Math.max(rested, closing) : next;
  }

  private isHeld({ view: { id, slot }, fence }: ViewRun): boolean {
    const held = this.leases.find(slot);
    return this.runs.has(id) && held?.fence === fence && held.isHeld;
  }

  /** Begins and ends runs, so that there is one for each view in the slots of this broker. */
  private async reconcile(): Promise<void> {
    this.reconcileAt = performance.now() + RECONCILE_MS;
    const views = new Map((await this.views.inSlots(this.leases.slots)).map((view) => [view.id, view]));
    for (const [id, run] of this.runs) {
      const held = this.leases.find(run.view.slot);
      if (views.get(id)?.version !== run.view.version || held?.fence !== run.fence) this.runs.delete(id);
    }
    for (const view of views.values()) {
      const held = this.leases.find(view.slot);
      if (held === undefined || !held.isHeld || this.runs.has(view.id)) continue;
      try {
        const remembered = await this.checkpoints.load(view, held.fence);
        this.runs.set(view.id, new ViewRun(view, held.fence, remembered, this.units, this.times, this.database.clock.now()));
      } catch (error) {
        this.reconcileSoon();
        if (!(error instanceof ViewLost)) this.logger.warn({ err: error, view: view.id }, 'A view was not loaded; it will be soon.');
      }
    }
  }

  /** Does something with each run, some at a time; those with which it failed are let go. */
  private async each(runs: readonly ViewRun[], work: (run: ViewRun) => Promise<void>): Promise<ViewRun[]> {
    const waiting = [...runs];
    const done: ViewRun[] = [];
    const worker = async (): Promise<void> => {
      for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) {
        try {
          await work(run);
          done.push(run);
        } catch (error) {
          this.drop(run, error);
        }
      }
    };
    await Promise.all(Array.from({ length: SETTLED_AT_ONCE }, worker));
    return done;
  }

  /** Not at once: what fails now may fail again. */
  private reconcileSoon(): void {
    this.reconcileAt = Math.min(this.reconcileAt, performance.now() + this.times.retryMs);
  }

  private drop(run: ViewRun, error: unknown): void {
    if (this.runs.get(run.view.id) === run) this.runs.delete(run.view.id);
    this.reconcileSoon();
    if (error instanceof ViewLost || this.stopped) return;
    this.logger.warn({ err: error, view: run.view.id }, 'A view stopped; it goes on from what was stored last.');
  }
}
