import { Injectable } from '@nestjs/common';
import type { SqlConditions } from './sql-conditions.js';
import { type FoundTwins, TwinRepository } from './twin.repository.js';

/** What the registry lends to discovery: twins that meet conditions which discovery puts together. */
@Injectable()
export class TwinReader {
  constructor(private readonly twins: TwinRepository) {}

  /**
   * Up to `limit` twins, in order of id; fewer, with `more`, when they are very large. The conditions are on `t` (twin) and `l` (twin_lease), and must
   * hold the visibility predicate.
   */
  page(where: SqlConditions, limit: number): Promise<FoundTwins> {
    return this.twins.page(where, limit);
  }
}
