import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import { UnitOfWork } from '../../database/unit-of-work.js';
import type { OrganizationId } from '../../kernel/ids.js';
import { Audit } from '../../security/audit.js';
import { OrganizationService } from '../../security/organization.service.js';
import type { Principal } from '../../security/principal.js';

/** The right to the lane `incident`. */
export interface IncidentRight {
  organization: string;
  perMinute: number;
  /** Whether an operator said so; else it is the default. */
  granted: boolean;
}

/** All ride incident_right_pkey. */
const FIND_SQL = 'SELECT per_minute AS "perMinute" FROM incident_right WHERE organization = $1';
const GRANT_SQL = `
  INSERT INTO incident_right (organization, per_minute, granted_at) VALUES ($1, $2, clock_timestamp())
  ON CONFLICT (organization) DO UPDATE SET per_minute = excluded.per_minute, granted_at = excluded.granted_at`;
const RESET_SQL = 'DELETE FROM incident_right WHERE organization = $1';

/** Rights to the lane `incident`, as operators grant them. */
@Injectable()
export class IncidentRightService {
  constructor(
    private readonly organizations: OrganizationService,
    private readonly database: Database,
    private readonly uow: UnitOfWork,
    private readonly audit: Audit,
    private readonly config: Config,
  ) {}

  /** @throws DomainError `not-found`, also to another organization */
  async read(principal: Principal, id: OrganizationId): Promise<IncidentRight> {
    await this.organizations.read(principal, id);
    const [row] = await this.database.query<{ perMinute: number }>(FIND_SQL, [id]);
    return { organization: id, perMinute: row?.perMinute ?? this.config.incidentQuotaPerMinute, granted: row !== undefined };
  }

  /** Grants a quota; 0 takes the right away. Without one, the default counts again. @throws DomainError `not-found` */
  async grant(principal: Principal, id: OrganizationId, perMinute: number | undefined): Promise<IncidentRight> {
    await this.organizations.read(principal, id);
    await this.uow.run(async (tx) => {
      if (perMinute === undefined) await tx.query(RESET_SQL, [id]);
      else await tx.query(GRANT_SQL, [id, perMinute]);
      this.audit.record(tx, {
        principal,
        action: 'incident-right.grant',
        subject: id,
        detail: { perMinute: perMinute ?? 'default' },
        chain: id,
      });
      tx.record({ kind: 'incident-right.changed', subject: id, data: { perMinute: perMinute ?? null } });
    });
    return this.read(principal, id);
  }
}
