import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What kind of name: the preferred label, another one, a notation, or the last part of the IRI. */
export type NameKind = 'label' | 'alternative' | 'notation' | 'local';

/** A name of a term that is there, derived from its content. */
@Entity('term_name', { comment: 'derived from term.content, folded; language is empty for notations and local names' })
@Check('term_name_kind_known', `kind IN ('label', 'alternative', 'notation', 'local')`)
@Index('term_name_folded_idx', ['folded', 'term'])
export class TermNameEntity {
  @PrimaryColumn('text', { collation: 'C', primaryKeyConstraintName: 'term_name_pkey' })
  term!: string;

  @PrimaryColumn('text', { primaryKeyConstraintName: 'term_name_pkey' })
  kind!: NameKind;

  @PrimaryColumn('text', { collation: 'C', primaryKeyConstraintName: 'term_name_pkey' })
  language!: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'term_name_pkey' })
  position!: number;

  @Column({ type: 'text', collation: 'C' })
  folded!: string;
}
