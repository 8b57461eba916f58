import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** One entry of a hash-chained audit log; rows are only ever inserted, by the SQL function `append_audit_entry`. */
@Entity('audit_entry')
@Check('audit_entry_sequence_counts', 'sequence > 0')
@Check('audit_entry_hash_is_sha256', 'octet_length(hash) = 32 AND octet_length(previous_hash) = 32')
export class AuditEntryRow {
  /** An organization's id, or `system`. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'audit_entry_pkey' })
  chain!: string;

  /** Counts from 1 within the chain, without gaps. */
  @PrimaryColumn('bigint', { primaryKeyConstraintName: 'audit_entry_pkey' })
  sequence!: string;

  @Column('timestamptz', { name: 'recorded_at' })
  recordedAt!: Date;

  /** RFC 8785 form of who did what to what. */
  @Column('text')
  entry!: string;

  /** Hash of the entry before; 32 zero bytes for the first. */
  @Column('bytea', { name: 'previous_hash' })
  previousHash!: Buffer;

  @Column('bytea')
  hash!: Buffer;
}
