/**
 * Works off what organizations that leave still have: a batch in a transaction, so that a broker that is killed loses one batch at most, and any
 * number of brokers may work, each on another organization. Where it stands is in the table.
 */
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { BackgroundTasks } from '../../database/background-task.js';
import { type Transaction, UnitOfWork } from '../../database/unit-of-work.js';
import type { TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { OrganizationService } from '../../security/organization.service.js';
import type { OperatorPrincipal } from '../../security/principal.js';
import { OwnershipFollowers } from '../transfer/ownership-followers.js';
import { TwinHandover } from '../transfer/twin-handover.js';
import { TwinTransferRepository } from '../transfer/twin-transfer.repository.js';
import { TwinChanges } from '../twin-changes.js';
import type { Offboarding, RefusedTwin } from './offboarding.js';
import { OffboardingRepository, type OffboardingStep } from './offboarding.repository.js';

const ROUND_MS = 2_000;
/** Twins, or federations, of one transaction. */
const BATCH = 50;
/** The most twins that are named as refused. */
const MAX_REFUSED = 100;

type Job = Omit<Offboarding, 'remaining'>;

/** Carries offboardings out, batch by batch. */
@Injectable()
export class OffboardingWorker implements OnApplicationBootstrap {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly tasks: BackgroundTasks,
    private readonly offboardings: OffboardingRepository,
    private readonly organizations: OrganizationService,
    private readonly followers: OwnershipFollowers,
    private readonly handover: TwinHandover,
    private readonly changes: TwinChanges,
    private readonly transfers: TwinTransferRepository,
  ) {}

  onApplicationBootstrap(): void {
    this.tasks.every(ROUND_MS, 'offboarding of organizations', () => this.work());
  }

  /** Works until there is nothing to be done that another broker is not doing. */
  async work(): Promise<void> {
    while (await this.uow.run((tx) => this.step(tx)));
  }

  /** One batch; false when there was nothing to do. */
  private async step(tx: Transaction): Promise<boolean> {
    const job = await this.offboardings.claim(tx);
    if (job === undefined) return false;
    const principal: OperatorPrincipal = { kind: 'operator', subject: job.requestedBy };
    await this.offboardings.note(
      tx,
      job.organization,
      (await this.endLead(tx, principal, job)) ?? (await this.nextTwins(tx, principal, job)),
    );
    return true;
  }

  /** Twins that are deregistered end what they lead first; handed over, they go on leading it. */
  private async endLead(tx: Transaction, principal: OperatorPrincipal, job: Job): Promise<OffboardingStep | undefined> {
    if (job.mode === 'transfer') return undefined;
    let dissolved = 0;
    for (const follower of this.followers.all) dissolved += await follower.release(tx, principal, job.organization, BATCH - dissolved);
    return dissolved === 0 ? undefined : { ...nothingOf(job), dissolved };
  }

  private async nextTwins(tx: Transaction, principal: OperatorPrincipal, job: Job): Promise<OffboardingStep> {
    const ids = await this.offboardings.twins(tx, job.organization, job.state === 'DONE' ? '' : job.position, BATCH);
    if (ids.length === 0) return this.finish(tx, principal, job);
    const refused: RefusedTwin[] = [];
    let moved = 0;
    for (const id of ids) {
      const detail = await this.moveOne(tx, principal, job, id);
      if (detail === undefined) moved += 1;
      else refused.push({ twin: id, detail });
    }
    return {
      ...nothingOf(job),
      position: ids.at(-1) ?? job.position,
      ...(job.mode === 'deregister' ? { deregistered: moved } : { transferred: moved }),
      refused: [...job.refused, ...refused].slice(0, MAX_REFUSED),
    };
  }

  /** Deregisters the twin or hands it over; why that is refused, if it is. */
  private async moveOne(
    tx: Transaction,
    principal: OperatorPrincipal,
    { organization, mode, to }: Job,
    id: TwinId,
  ): Promise<string | undefined> {
    const twin = await this.handover.lock(tx, id);
    // Deregistered or handed over since it was listed.
    if (twin?.owner !== organization) return undefined;
    if (mode === 'deregister' || to === null) {
      await this.changes.entomb(tx, principal, twin);
      return undefined;
    }
    try {
      await this.handover.handOver(tx, principal, twin, to, { offboarding: organization });
      return undefined;
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return error.detail;
    }
  }

  private async finish(tx: Transaction, principal: OperatorPrincipal, job: Job): Promise<OffboardingStep> {
    if (job.refused.length > 0) return { ...nothingOf(job), state: 'BLOCKED' };
    await this.transfers.closeAllOf(tx, job.organization, principal.subject);
    await this.offboardings.clear(tx, job.organization);
    await this.organizations.finishOffboarding(tx, principal, job.organization);
    return { ...nothingOf(job), state: 'DONE' };
  }
}

function nothingOf({ position, refused }: Job): OffboardingStep {
  return { position, deregistered: 0, transferred: 0, dissolved: 0, refused, state: 'RUNNING' };
}
