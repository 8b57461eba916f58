import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A search kept for a federation. Read and written by literal SQL (candidate-set.repository.ts). */
@Entity('candidate_set', { comment: 'searches kept for the present incarnation of a federation' })
export class CandidateSetEntity {
  @PrimaryColumn('text', { name: 'federation_id', collation: 'C', primaryKeyConstraintName: 'candidate_set_pkey' })
  federationId!: string;

  @PrimaryColumn('text', { collation: 'C', primaryKeyConstraintName: 'candidate_set_pkey' })
  name!: string;

  @Column('json')
  search!: unknown;

  @Column({ type: 'text', collation: 'C', comment: 'in whose name the search was run' })
  organization!: string;

  @Column({ type: 'text', collation: 'C', nullable: true, comment: 'the twin that ran it, with whose eyes; without one, the organization' })
  twin!: string | null;

  @Column('timestamptz', { name: 'found_at' })
  foundAt!: Date;
}

/** What a kept search found. */
@Entity('candidate', { comment: 'what a kept search found, from rank 1, as it was then' })
export class CandidateEntity {
  @PrimaryColumn('text', { name: 'federation_id', collation: 'C', primaryKeyConstraintName: 'candidate_pkey' })
  federationId!: string;

  @PrimaryColumn('text', { name: 'set_name', collation: 'C', primaryKeyConstraintName: 'candidate_pkey' })
  setName!: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'candidate_pkey' })
  rank!: number;

  @Column({ type: 'text', name: 'twin_id', collation: 'C' })
  twinId!: string;

  @Column('double precision', { nullable: true })
  score!: number | null;

  @Column('double precision', { nullable: true })
  meters!: number | null;

  @Column('integer')
  incarnation!: number;

  @Column('integer')
  version!: number;

  @Column('jsonb', { comment: 'the features by which it was found: kind, name and version' })
  features!: unknown;
}
