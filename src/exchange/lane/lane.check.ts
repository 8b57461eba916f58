import { Injectable } from '@nestjs/common';
import { DomainError } from '../../problems/domain-error.js';
import { TwinDirectory } from '../../registry/twin-directory.js';
import { KIND_NUMBERS, LANE_NUMBERS } from '../log/log-row.js';
import type { AcceptanceCandidate, AcceptanceCheck } from '../message/acceptance-check.js';
import { IncidentQuota } from './incident-quota.js';

/** Using the lane `incident` is a right with a quota, of the organization whose twin sends. A RESPONSE travels in the lane of its REQUEST. */
@Injectable()
export class LaneCheck implements AcceptanceCheck {
  constructor(
    private readonly quota: IncidentQuota,
    private readonly twins: TwinDirectory,
  ) {}

  /** @throws DomainError `forbidden` without the right, `rate-limited` beyond the quota */
  check(candidate: AcceptanceCandidate): Promise<void> | void {
    if (candidate.row.lane === LANE_NUMBERS.incident && candidate.row.kind !== KIND_NUMBERS.RESPONSE) return this.use(candidate);
  }

  private async use({ sender }: AcceptanceCandidate): Promise<void> {
    const owner = (await this.twins.find(sender))?.owner;
    if (owner === undefined) return;
    const verdict = await this.quota.use(owner);
    if (verdict.granted) return;
    const { perMinute, retryAfterSeconds } = verdict;
    if (perMinute === 0) {
      throw new DomainError('forbidden', `${owner} has no right to the lane incident; an operator grants it.`, { pointer: '/header/lane' });
    }
    throw new DomainError('rate-limited', `${owner} has sent its ${perMinute} messages of this minute in the lane incident.`, {
      pointer: '/header/lane',
      retryAfterSeconds,
    });
  }
}
