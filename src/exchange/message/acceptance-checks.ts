import { Injectable } from '@nestjs/common';
import { InboxAdmissionCheck } from '../control/inbox-admission.check.js';
import { NotBeforeCheck } from '../control/not-before.check.js';
import { LaneCheck } from '../lane/lane.check.js';
import type { AcceptanceCandidate, AcceptanceCheck } from './acceptance-check.js';

/** Every acceptance check, in the order in which they are asked. */
@Injectable()
export class AcceptanceChecks {
  private readonly list: readonly AcceptanceCheck[];

  constructor(notBefore: NotBeforeCheck, lane: LaneCheck, admission: InboxAdmissionCheck) {
    this.list = [notBefore, lane, admission];
  }

  /** Asks each check. @throws DomainError why the message is refused */
  async check(candidate: AcceptanceCandidate): Promise<void> {
    for (const each of this.list) {
      const checking = each.check(candidate);
      if (checking !== undefined) await checking;
    }
  }
}
