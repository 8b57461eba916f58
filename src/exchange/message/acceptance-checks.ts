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

  /** Asks each check; there is something to wait for only where one has to look something up. @throws DomainError why the message is refused */
  check(candidate: AcceptanceCandidate): Promise<void> | undefined {
    for (const [index, each] of this.list.entries()) {
      const checking = each.check(candidate);
      if (checking !== undefined) return this.waitFor(checking, candidate, index + 1);
    }
    return undefined;
  }

  private async waitFor(checking: Promise<void>, candidate: AcceptanceCandidate, next: number): Promise<void> {
    await checking;
    for (const each of this.list.slice(next)) await each.check(candidate);
  }
}
