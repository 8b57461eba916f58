import { Inject, Injectable } from '@nestjs/common';
import { BrokerSignals } from '../../database/broker-signals.js';
import { Database } from '../../database/database.js';
import { type LeaseQueries, leaseQueries } from '../../exchange/outbound/lease.queries.js';
import { SlotLeases } from '../../exchange/outbound/slot-leases.js';
import { ViewTimes } from './view-times.js';

/** Which broker joins which views: slots of leases, as outbound deliveries have theirs. */
@Injectable()
export class ViewLeases extends SlotLeases {
  protected override readonly sql: LeaseQueries = leaseQueries('view_lease', 'SELECT FROM alignment_view v WHERE v.slot = l.slot');

  constructor(database: Database, signals: BrokerSignals, @Inject(ViewTimes) times: ViewTimes) {
    super(database, signals, times);
  }
}
