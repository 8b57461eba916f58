import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { type Transaction, UnitOfWork } from '../../database/unit-of-work.js';
import type { TwinId } from '../../kernel/ids.js';
import { DomainError, type ProblemPlace } from '../../problems/domain-error.js';
import { Audit } from '../../security/audit.js';
import { type Principal, requireActsFor } from '../../security/principal.js';
import type { MaintenanceWindowDto } from '../dto/maintenance.dto.js';
import { readInstant } from '../instant.js';
import { changeOf, tellMaintenance } from './maintenance-news.js';
import { MaintenanceRepository, type MaintenanceWindow } from './maintenance.repository.js';
import { TwinRepository } from '../twin.repository.js';
import type { TwinRecord } from '../twin.js';

/** The longest window, and the farthest that one may end, in milliseconds. */
const LONGEST_MS = 31 * 86_400_000;
const FARTHEST_MS = 2 * 366 * 86_400_000;

/**
 * Planned maintenance: while a window runs the twin's lease is paused, so that it neither goes stale nor expires and none of its connections is
 * lost; its messages wait in its inbox. After the window the lease has its full time to live again.
 */
@Injectable()
export class MaintenanceService {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly database: Database,
    private readonly twins: TwinRepository,
    private readonly windows: MaintenanceRepository,
    private readonly audit: Audit,
  ) {}

  /** Windows that are not over, for whoever may see the twin. @throws DomainError `not-found` */
  async list(principal: Principal, id: TwinId): Promise<MaintenanceWindow[]> {
    await this.visible(principal, id);
    return this.windows.list(id);
  }

  /**
   * Puts these windows in the place of all; those that are over by then are refused. The same again changes nothing.
   * @throws DomainError `validation-failed`, `not-found`, `forbidden`
   */
  async plan(principal: Principal, id: TwinId, dtos: readonly MaintenanceWindowDto[]): Promise<MaintenanceWindow[]> {
    const planned = readWindows(dtos, this.database.clock.now());
    return this.uow.run(async (tx) => {
      requireActsFor(principal, await this.visible(principal, id, tx));
      if ((await this.twins.lockLease(tx, id)) === undefined) throw unknown(id);
      const before = await this.windows.list(id, tx);
      if (textOf(before) === textOf(planned)) return before;
      const turn = await this.windows.replace(tx, id, planned);
      if (turn !== undefined) tellMaintenance(tx, turn, changeOf(turn) ?? 'scheduled');
      this.audit.record(tx, { principal, action: 'twin.maintenance', subject: id, detail: { windows: planned.length } });
      return planned;
    });
  }

  private async visible(principal: Principal, id: TwinId, tx?: Transaction): Promise<TwinRecord> {
    const twin = await this.twins.findVisible(principal, id, tx);
    if (twin === undefined) throw unknown(id);
    return twin;
  }
}

function textOf(windows: readonly MaintenanceWindow[]): string {
  return JSON.stringify(windows.map(({ from, to, reason }) => [from, to, reason]));
}

/** The windows in order, once each is well-formed and not over, and no two overlap. */
function readWindows(dtos: readonly MaintenanceWindowDto[], now: number): MaintenanceWindow[] {
  const errors: ProblemPlace[] = [];
  const read = dtos.map((dto, index) => {
    const window = { from: new Date(readInstant(dto.from) ?? NaN), to: new Date(readInstant(dto.to) ?? NaN), reason: dto.reason ?? null };
    const fault = faultOf(window, now);
    if (fault !== undefined) errors.push({ pointer: `/windows/${index}/to`, detail: fault });
    return { window, index };
  });
  const ordered = read.toSorted((a, b) => a.window.from.getTime() - b.window.from.getTime());
  ordered.forEach(({ window, index }, place) => {
    const next = ordered[place + 1];
    if (next !== undefined && next.window.from < window.to)
      errors.push({ pointer: `/windows/${next.index}/from`, detail: `lies within the window /windows/${index}` });
  });
  const [first] = errors;
  if (first !== undefined)
    throw new DomainError('validation-failed', `${first.pointer} ${first.detail}.`, { pointer: first.pointer, errors });
  return ordered.map(({ window }) => window);
}

function faultOf({ from, to }: MaintenanceWindow, now: number): string | undefined {
  if (to <= from) return 'must be after from';
  if (to.getTime() <= now) return 'lies in the past';
  if (to.getTime() - from.getTime() > LONGEST_MS) return 'makes a window of more than 31 days';
  if (to.getTime() > now + FARTHEST_MS) return 'lies more than two years ahead';
  return undefined;
}

function unknown(id: TwinId): DomainError {
  return new DomainError('not-found', `There is no twin ${id}, or the caller may not see it.`);
}
