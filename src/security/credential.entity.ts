import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { Organization } from './organization.entity.js';

/** A client id with its secret's hash, and whom it speaks for: the operator, an organization, or one twin of an organization. */
@Entity('credential')
@Check('credential_secret_is_sha256', 'octet_length(secret_hash) = 32')
@Check('credential_name_form', `name ~ '^[a-z0-9][a-z0-9-]{0,31}$'`)
@Check(
  'credential_speaks_for_one',
  `CASE kind WHEN 'operator' THEN client_id = 'operator' AND organization_id IS NULL AND twin_id IS NULL
     WHEN 'organization' THEN organization_id IS NOT NULL AND twin_id IS NULL
     WHEN 'twin' THEN organization_id IS NOT NULL AND twin_id IS NOT NULL ELSE false END`,
)
@Index('credential_by_holder', ['organizationId', 'twinId', 'clientId'])
@Index('credential_name_key', { synchronize: false })
export class CredentialRow {
  @PrimaryColumn('text', { name: 'client_id', primaryKeyConstraintName: 'credential_pkey' })
  clientId!: string;

  @Column('text')
  kind!: 'operator' | 'organization' | 'twin';

  @Column('text', { name: 'organization_id', nullable: true })
  organizationId!: string | null;

  @ManyToOne(() => Organization)
  @JoinColumn({ name: 'organization_id', foreignKeyConstraintName: 'credential_of_organization' })
  organization?: Organization;

  @Column('text', { name: 'twin_id', nullable: true })
  twinId!: string | null;

  /** What its owner calls it, if anything; unique among the owner's. */
  @Column('text', { nullable: true })
  name!: string | null;

  /** SHA-256 of the secret. */
  @Column('bytea', { name: 'secret_hash' })
  secretHash!: Buffer;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;
}
