import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { TermContent, TermStatus } from './term.js';

/** Every version of every term, the present one included. */
@Entity('term_version')
export class TermVersionEntity {
  @PrimaryColumn('text', { collation: 'C', primaryKeyConstraintName: 'term_version_pkey' })
  iri!: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'term_version_pkey' })
  version!: number;

  @Column('text')
  status!: TermStatus | 'REMOVED';

  @Column('jsonb')
  content!: TermContent | Record<string, never>;

  @Column('text', { name: 'changed_by' })
  changedBy!: string;

  @Column('timestamptz', { name: 'changed_at' })
  changedAt!: Date;
}
