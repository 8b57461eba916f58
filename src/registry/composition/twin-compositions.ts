import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { Transaction } from '../../database/unit-of-work.js';
import { canonicalJson } from '../../kernel/canonical-json.js';
import type { TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import type { Principal } from '../../security/principal.js';
import { SqlConditions } from '../sql-conditions.js';
import type { Composition } from '../twin.js';
import { restrictToVisible } from '../visibility.js';
import {
  ASSEMBLIES,
  DELETE_ASSEMBLY,
  DELETE_PARTS,
  INSERT_ASSEMBLY,
  INSERT_PARTS,
  IS_IN_CIRCLE,
  LOCK_COMPOSITIONS,
  MAX_REACH,
  MEMBERS,
  PARTS_OF,
  REACHES,
  WHOLES_OF,
} from './composition.queries.js';

/** One step of a composition. */
export interface PartOf {
  readonly whole: TwinId;
  readonly part: TwinId;
}

/** What aggregated twins are made up of (Y.4224 5, ETSI 5; behaviour graded P). No twin is, by any number of steps, a part of itself. */
@Injectable()
export class TwinCompositions {
  constructor(private readonly database: Database) {}

  /**
   * Puts the composition of a live, locked twin in place of the one before. Only parts that are new to it must be visible to the principal.
   * @throws DomainError `validation-failed` for a part or federation that the principal does not see, `composition-cycle`
   */
  async write(
    tx: Transaction,
    principal: Principal,
    whole: TwinId,
    composition: Composition | undefined,
    before: Composition | undefined,
  ): Promise<void> {
    if (canonicalJson(composition ?? null) === canonicalJson(before ?? null)) return;
    if (before !== undefined) await this.remove(tx, whole);
    if (composition === undefined) return;
    await tx.query(LOCK_COMPOSITIONS);
    if (composition.parts !== undefined) {
      await this.requireVisible(tx, principal, composition.parts, new Set(before?.parts ?? []));
      await this.refuseCycle(tx, whole, composition.parts, '/composition/parts');
      await tx.query(INSERT_PARTS, [whole, composition.parts]);
      return;
    }
    if (before?.federation !== composition.federation) await this.requireMembership(tx, principal, composition.federation);
    const members = await tx.query<{ id: TwinId }>(MEMBERS, [composition.federation]);
    await this.refuseCycle(tx, whole, members.map(({ id }) => id), '/composition/federation'); // prettier-ignore
    await tx.query(INSERT_ASSEMBLY, [whole, composition.federation]);
  }

  /** Forgets what a twin is made up of. */
  async remove(tx: Transaction, whole: TwinId): Promise<void> {
    await tx.query(DELETE_PARTS, [whole]);
    await tx.query(DELETE_ASSEMBLY, [whole]);
  }

  /**
   * Refuses that a twin joins a circle by which it would become a part of itself. The twin's row is locked already.
   * @throws DomainError `composition-cycle`
   */
  async admit(tx: Transaction, twin: TwinId, circle: string): Promise<void> {
    if ((await tx.query(ASSEMBLIES, [circle])).length === 0) return;
    await tx.query(LOCK_COMPOSITIONS);
    for (const { id } of await tx.query<{ id: TwinId }>(ASSEMBLIES, [circle])) await this.refuseCycle(tx, id, [twin], '/twin');
  }

  /** The direct parts of each, whoever may see them. */
  partsOf(wholes: readonly TwinId[]): Promise<PartOf[]> {
    return wholes.length === 0 ? Promise.resolve([]) : this.database.query<PartOf>(PARTS_OF, [wholes]);
  }

  /** What each is a direct part of, whoever may see it. */
  wholesOf(parts: readonly TwinId[]): Promise<PartOf[]> {
    return parts.length === 0 ? Promise.resolve([]) : this.database.query<PartOf>(WHOLES_OF, [parts]);
  }

  private async refuseCycle(tx: Transaction, whole: TwinId, parts: readonly string[], pointer: string): Promise<void> {
    const [reach] = await tx.query<{ count: number; found: boolean }>(REACHES, [parts, whole]);
    if (reach?.found === true) {
      throw new DomainError('composition-cycle', `${whole} would, by its parts, be a part of itself.`, { pointer });
    }
    if ((reach?.count ?? 0) > MAX_REACH) {
      const errors = [{ pointer, detail: `must not reach more than ${MAX_REACH} twins` }];
      throw new DomainError('validation-failed', `${whole} would be made up of more than ${MAX_REACH} twins.`, { pointer, errors });
    }
  }

  private async requireVisible(tx: Transaction, principal: Principal, parts: readonly string[], known: ReadonlySet<string>): Promise<void> {
    const where = new SqlConditions().and(`t.registration = 'REGISTERED'`);
    where.and(`t.id = ANY (${where.bind(parts)}::text[])`);
    restrictToVisible(where, principal, 'one');
    const rows = await tx.query<{ id: string }>(`SELECT t.id FROM twin t WHERE ${where.sql}`, where.parameters);
    const visible = new Set(rows.map(({ id }) => id));
    const errors = parts.flatMap((part, index) =>
      visible.has(part) || known.has(part)
        ? []
        : [{ pointer: `/composition/parts/${index}`, detail: 'is not a twin that the caller may see' }],
    );
    const [first] = errors;
    if (first) {
      throw new DomainError('validation-failed', `${first.pointer} ${first.detail}.`, {
        pointer: first.pointer,
        errors: errors.slice(0, 50),
      });
    }
  }

  private async requireMembership(tx: Transaction, principal: Principal, circle: string): Promise<void> {
    const organization = principal.kind === 'operator' ? '' : principal.organization;
    const [row] = await tx.query<{ isIn: boolean }>(IS_IN_CIRCLE, [circle, organization]);
    if (row?.isIn === true) return;
    const place = { pointer: '/composition/federation', detail: 'is not an open federation with a twin of the caller’s organization' };
    throw new DomainError('validation-failed', `${place.pointer} ${place.detail}.`, { pointer: place.pointer, errors: [place] });
  }
}
