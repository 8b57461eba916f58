import { Injectable } from '@nestjs/common';
import { AdaptationCheck } from '../adaptation/adaptation.check.js';
import { AgeCheck } from '../control/age.check.js';
import { ExpiryLetters } from '../control/expiry-letters.js';
import { NotBeforeCheck } from '../control/not-before.check.js';
import { WithdrawalCheck } from '../control/withdrawal.check.js';
import { TurnCheck } from '../match/turn-check.js';
import { FilterCheck } from '../subscription/terms/filter-check.js';
import { ConnectionCheck } from './connection-check.js';
import type { DispatchCheck } from './dispatch-check.js';
import { SettledCheck } from './settled-check.js';

/** Every dispatch check, in the order in which they are asked. */
@Injectable()
export class DispatchChecks {
  readonly list: readonly DispatchCheck[];

  constructor(
    expired: ExpiryLetters,
    settled: SettledCheck,
    withdrawal: WithdrawalCheck,
    age: AgeCheck,
    turn: TurnCheck,
    filter: FilterCheck,
    notBefore: NotBeforeCheck,
    connection: ConnectionCheck,
    adaptation: AdaptationCheck,
  ) {
    this.list = [expired, settled, withdrawal, age, turn, filter, notBefore, connection, adaptation];
  }
}
