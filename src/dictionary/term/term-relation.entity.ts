import { Check, Entity, Index, PrimaryColumn } from 'typeorm';

/** How terms point at one another. */
export type RelationKind = 'broader' | 'exactMatch' | 'closeMatch' | 'replacedBy';

/** A relation of a term that is there, derived from its content. */
@Entity('term_relation', { comment: 'derived from term.content; a target need not be in the dictionary' })
@Check('term_relation_kind_known', `kind IN ('broader', 'exactMatch', 'closeMatch', 'replacedBy')`)
@Index('term_relation_target_idx', ['target', 'kind', 'term'])
export class TermRelationEntity {
  @PrimaryColumn('text', { collation: 'C', primaryKeyConstraintName: 'term_relation_pkey' })
  term!: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'term_relation_pkey' })
  kind!: RelationKind;

  @PrimaryColumn('text', { collation: 'C', primaryKeyConstraintName: 'term_relation_pkey' })
  target!: string;
}
