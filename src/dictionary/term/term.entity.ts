import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { TermContent, TermStatus } from './term.js';

/** One row per term IRI. */
@Entity('term', { comment: 'a REMOVED row keeps the count of versions and holds no content' })
@Check('term_version_from_one', 'version >= 1')
@Check('term_status_known', `status IN ('ACTIVE', 'DEPRECATED', 'REMOVED')`)
@Index('term_vocabulary_idx', { synchronize: false })
export class TermEntity {
  @PrimaryColumn('text', { collation: 'C', primaryKeyConstraintName: 'term_pkey' })
  iri!: string;

  @Column({ type: 'text', collation: 'C' })
  vocabulary!: string;

  @Column('integer')
  version!: number;

  @Column('text')
  status!: TermStatus | 'REMOVED';

  @Column('jsonb')
  content!: TermContent | Record<string, never>;

  @Column('text', { name: 'changed_by' })
  changedBy!: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}
