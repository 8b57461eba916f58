import type { MixedList, EntitySchema } from 'typeorm';
import { Connection } from '../federation/connection.entity.js';
import { Federation } from '../federation/federation.entity.js';
import { FederationMember } from '../federation/federation-member.entity.js';
import { TwinCircleEntity } from '../registry/twin-circle.entity.js';
import { TwinLeaseEntity } from '../registry/twin-lease.entity.js';
import { TwinVersionEntity } from '../registry/twin-version.entity.js';
import { TwinEntity } from '../registry/twin.entity.js';
import { AuditEntryRow } from '../security/audit-entry.entity.js';
import { CredentialRow } from '../security/credential.entity.js';
import { Organization } from '../security/organization.entity.js';
import { SigningKeyRow } from '../security/signing-key.entity.js';

/** Every TypeORM entity, listed by hand: the drift test compares them with what the migrations build. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- TypeORM's own type for entity classes
export const ENTITIES: MixedList<Function | string | EntitySchema> = [
  AuditEntryRow,
  CredentialRow,
  Organization,
  SigningKeyRow,
  TwinEntity,
  TwinLeaseEntity,
  TwinVersionEntity,
  TwinCircleEntity,
  Federation,
  FederationMember,
  Connection,
];
