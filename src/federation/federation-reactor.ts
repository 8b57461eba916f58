/**
 * Carries what happens to registrations into federations and connections. Every broker hears every event, some more than once; each run
 * takes the federation's lock and settles it by the facts of that moment, so that runs may repeat, overtake one another or fail: the
 * next event, or the periodic round, finds what is left. The round also covers what was committed while no broker was there to hear it.
 */
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { BackgroundTasks } from '../database/background-task.js';
import { DomainEvents } from '../database/domain-events.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import type { FederationId, TwinId } from '../kernel/ids.js';
import { FederationRepository } from './federation.repository.js';
import { Settlement } from './settlement.js';

const ROUND_MS = 600_000;
const ROUND_PAGE = 500;

/** Settles federations when registrations change. */
@Injectable()
export class FederationReactor implements OnApplicationBootstrap {
  private readonly logger = new Logger(FederationReactor.name);
  /** Twins whose turn has not come: more news of them changes nothing. */
  private readonly queued = new Set<TwinId>();
  /** One after the other, so that a wave of news never takes more than one database connection. */
  private draining?: Promise<void>;

  constructor(
    private readonly uow: UnitOfWork,
    private readonly federations: FederationRepository,
    private readonly settlement: Settlement,
    private readonly tasks: BackgroundTasks,
    events: DomainEvents,
  ) {
    events.subscribe(['twin.status-changed', 'twin.deregistered', 'absence.changed'], ({ subject, position }) => {
      const settled = this.enqueue(subject as TwinId);
      // What is read from the table must not hold up the news behind it; what was committed here has a caller to answer.
      return position === undefined ? settled : undefined;
    });
  }

  onApplicationBootstrap(): void {
    this.tasks.every(ROUND_MS, 'federations', () => this.settleAll());
    this.settleAll().catch((error: unknown) => {
      this.logger.warn({ err: error }, 'The first round through the federations failed; the next one follows.');
    });
  }

  /** Resolves when everything heard of so far is settled. */
  async idle(): Promise<void> {
    await this.draining;
  }

  /** One round through every open federation. */
  async settleAll(): Promise<void> {
    for (let after = ''; ;) {
      const ids = await this.federations.idsOfOpen(after, ROUND_PAGE);
      for (const id of ids) await this.settle(id);
      const last = ids.at(-1);
      if (last === undefined || ids.length < ROUND_PAGE) return;
      after = last;
    }
  }

  /** Resolves when the twin's federations are settled. Most twins of a wave are in none: they cost one query for hundreds of them. */
  private enqueue(twin: TwinId): Promise<void> {
    this.queued.add(twin);
    this.draining ??= this.drain();
    return this.draining;
  }

  private async drain(): Promise<void> {
    // News that comes in the same turn is taken along.
    await Promise.resolve();
    while (this.queued.size > 0) {
      const twins = firstOf(this.queued, ROUND_PAGE);
      for (const twin of twins) this.queued.delete(twin);
      await this.settleFederationsOf(twins);
    }
    this.draining = undefined;
  }

  private async settleFederationsOf(twins: readonly TwinId[]): Promise<void> {
    try {
      for (const id of await this.federations.idsOfTwins(twins)) await this.settleOrTell(id);
    } catch (error) {
      this.logger.error({ err: error }, 'The federations of some twins could not be found; the next round tries again.');
    }
  }

  private async settleOrTell(id: FederationId): Promise<void> {
    try {
      await this.settle(id);
    } catch (error) {
      this.logger.error({ err: error, federation: id }, 'A federation could not be settled; the next round tries again.');
    }
  }

  private settle(id: FederationId): Promise<void> {
    return this.uow.run((tx) => this.settlement.settleById(tx, id));
  }
}

/** The first so many, without copying the rest. */
function firstOf<T>(all: ReadonlySet<T>, most: number): T[] {
  const taken: T[] = [];
  for (const one of all) if (taken.push(one) === most) break;
  return taken;
}
