import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '../../database/unit-of-work.js';
import { InvalidId, parseTwinId, type TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { parseDto } from '../../problems/dto-validation.js';
import type { Principal } from '../../security/principal.js';
import { LeaseRenewalItemDto, type RenewLeasesDto } from '../dto/renew-leases.dto.js';
import { type LeaseRenewal, LeaseRepository } from './lease.repository.js';
import { LEASE_SECONDS, type LiveStatus, TOLERANCE_SECONDS } from '../registration-status.js';
import { TwinChanges } from '../twin-changes.js';

/** Renewals per transaction: short enough that neither queries nor the sweeper feel it. */
const CHUNK = 500;
/** Between two chunks it rests as long as the last one took, at most so many milliseconds: others get their turn. */
const LONGEST_REST_MS = 100;

/** What became of a batch of renewals; whoever is in no list was renewed and is ACTIVE. */
export interface BatchRenewal {
  renewed: number;
  /** Renewed, but not ACTIVE: suspended, or on probation. */
  notActive: { id: string; status: LiveStatus }[];
  withoutLease: string[];
  /** No such twin, or not the caller's. */
  unknown: string[];
}

/** Renews many leases at once, for gateways that speak for thousands of twins. */
@Injectable()
export class LeaseRenewalService {
  constructor(
    private readonly uow: UnitOfWork,
    private readonly leases: LeaseRepository,
    private readonly changes: TwinChanges,
  ) {}

  /**
   * Renews each lease from now. In chunks of their own transactions: when the database fails between, some are renewed; repeating it is harmless.
   * @throws DomainError `forbidden` for operators, `validation-failed`
   */
  async renew(principal: Principal, dto: RenewLeasesDto): Promise<BatchRenewal> {
    if (principal.kind === 'operator')
      throw new DomainError('forbidden', 'An operator never acts for a twin: its organization renews its lease.');
    const outcome: BatchRenewal = { renewed: 0, notActive: [], withoutLease: [], unknown: [] };
    const renewals = this.read(dto, outcome);
    const twin = principal.kind === 'twin' ? principal.twin : undefined;
    for (let start = 0; start < renewals.length; start += CHUNK) {
      const began = performance.now();
      const chunk = renewals.slice(start, start + CHUNK);
      const news = await this.uow.run(async (tx) => {
        const rows = await this.leases.renew(tx, principal.organization, twin, chunk);
        for (const { id, previous, status } of rows)
          if (previous !== null && status !== null) this.changes.tellStatus(tx, id, previous, status);
        return rows;
      });
      outcome.renewed += chunk.length;
      for (const { id, known, status } of news) {
        if (!known) outcome.unknown.push(id);
        else if (status === null) outcome.withoutLease.push(id);
        else if (status !== 'ACTIVE') outcome.notActive.push({ id, status });
        if (status === null) outcome.renewed -= 1;
      }
      if (start + CHUNK < renewals.length) await delay(Math.min(performance.now() - began, LONGEST_REST_MS));
    }
    return outcome;
  }

  /** The renewals in order of id; ids that no twin can have are unknown at once. */
  private read(dto: RenewLeasesDto, outcome: BatchRenewal): LeaseRenewal[] {
    const asked = new Map<TwinId, LeaseRenewal>();
    for (const [index, item] of itemsOf(dto).entries()) {
      const id = parsed(item.id);
      if (id === undefined) {
        outcome.unknown.push(item.id);
        continue;
      }
      if (asked.has(id) && dto.renewals !== undefined) throw invalid(`/renewals/${index}/id`, 'is named twice');
      asked.set(id, { ...item, id });
    }
    return [...asked.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }
}

function itemsOf({ ids, renewals }: RenewLeasesDto): readonly LeaseRenewalItemDto[] {
  if ((ids === undefined) === (renewals === undefined))
    throw invalid(ids === undefined ? '/ids' : '/renewals', 'give either ids or renewals');
  return renewals?.map(readItem) ?? (ids ?? []).map((id) => ({ id }));
}

function isWithin(value: unknown, { min, max }: { min: number; max: number }): boolean {
  return value === undefined || (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max);
}

/** An item as its class takes it, told by hand: what is as it should be needs no instance. */
function readItem(item: unknown, index: number): LeaseRenewalItemDto {
  if (typeof item === 'object' && item !== null && !Array.isArray(item)) {
    const { id, ttlSeconds, toleranceSeconds, ...others } = item as Partial<LeaseRenewalItemDto>;
    const isSound =
      typeof id === 'string' && id.length <= 512 && isWithin(ttlSeconds, LEASE_SECONDS) && isWithin(toleranceSeconds, TOLERANCE_SECONDS);
    if (isSound && Object.keys(others).length === 0) return item as LeaseRenewalItemDto;
  }
  return parseDto(LeaseRenewalItemDto, item, `/renewals/${index}`);
}

function parsed(id: string): TwinId | undefined {
  try {
    return parseTwinId(id);
  } catch (error) {
    if (error instanceof InvalidId) return undefined;
    throw error;
  }
}

function invalid(pointer: string, detail: string): DomainError {
  return new DomainError('validation-failed', `${pointer}: ${detail}.`, { pointer, errors: [{ pointer, detail }] });
}
