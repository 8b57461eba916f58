import { Injectable } from '@nestjs/common';
import { ConnectionCheck } from './connection-check.js';
import type { DispatchCheck } from './dispatch-check.js';
import { SettledCheck } from './settled-check.js';

/** Every dispatch check, in the order in which they are asked. */
@Injectable()
export class DispatchChecks {
  readonly list: readonly DispatchCheck[];

  constructor(settled: SettledCheck, connection: ConnectionCheck) {
    this.list = [settled, connection];
  }
}
