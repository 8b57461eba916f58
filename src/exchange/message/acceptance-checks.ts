import { Injectable } from '@nestjs/common';
import { NotBeforeCheck } from '../control/not-before.check.js';
import type { AcceptanceCandidate, AcceptanceCheck } from './acceptance-check.js';

/** Every acceptance check, in the order in which they are asked. */
@Injectable()
export class AcceptanceChecks {
  private readonly list: readonly AcceptanceCheck[];

  constructor(notBefore: NotBeforeCheck) {
    this.list = [notBefore];
  }

  /** Asks each check. @throws DomainError why the message is refused */
  async check(candidate: AcceptanceCandidate): Promise<void> {
    for (const each of this.list) {
      const checking = each.check(candidate);
      if (checking !== undefined) await checking;
    }
  }
}
