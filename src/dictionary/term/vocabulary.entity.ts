import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import type { VocabularyContent } from './term.js';

/** A concept scheme with its steward. */
@Entity('vocabulary')
@Check('vocabulary_counts_from_one', 'incarnation >= 1 AND version >= 1')
@Check('vocabulary_edition_known', 'edition >= 0')
export class VocabularyEntity {
  @PrimaryColumn('text', { collation: 'C', primaryKeyConstraintName: 'vocabulary_pkey' })
  id!: string;

  @Column('text', { nullable: true, comment: 'the organization that may change it; NULL: built in, operators only' })
  steward!: string | null;

  @Column('integer', { comment: 'of a built-in vocabulary: which edition of the program wrote it; 0 of others' })
  edition!: number;

  @Column('integer')
  incarnation!: number;

  @Column('integer')
  version!: number;

  @Column('jsonb')
  content!: VocabularyContent;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}
