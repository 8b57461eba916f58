import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What discovery searches of one registered twin. Written by literal SQL (search-index.ts), derived from the profile alone. */
@Entity('twin_search', { comment: 'what discovery searches, derived from the profile of each registered twin' })
@Index('twin_search_owner_idx', { synchronize: false })
@Index('twin_search_domain_idx', { synchronize: false })
@Index('twin_search_listed_idx', { synchronize: false })
@Index('twin_search_name_idx', { synchronize: false })
@Index('twin_search_updated_idx', { synchronize: false })
@Index('twin_search_area_idx', { synchronize: false })
@Index('twin_search_keys_idx', { synchronize: false })
@Index('twin_search_version_idx', { synchronize: false })
export class TwinSearchEntity {
  @PrimaryColumn('text', { name: 'twin_id', collation: 'C', primaryKeyConstraintName: 'twin_search_pkey' })
  twinId!: string;

  @Column('text')
  owner!: string;

  @Column('text')
  domain!: string;

  @Column('text')
  access!: string;

  @Column({
    type: 'text',
    name: 'name_key',
    collation: 'C',
    comment: 'the beginning of the name in lower case: the order of pages by name',
  })
  nameKey!: string;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;

  @Column('bigint', { name: 'period_ms', nullable: true })
  periodMs!: string | null;

  @Column('bigint', { name: 'desired_age_ms', nullable: true })
  desiredAgeMs!: string | null;

  @Column('tstzrange')
  validity!: string;

  @Column('box', {
    name: 'area_box',
    nullable: true,
    comment: 'extent of coverage.area in degrees; reaches beyond longitude 180 where the area is cut at the antimeridian',
  })
  areaBox!: string | null;

  @Column('bigint', { array: true, comment: 'hashes of what the profile has: features, labels, objects of interest, places and scalars' })
  keys!: string[];

  @Column('text', { name: 'facet_values', array: true })
  facetValues!: string[];

  @Column('tsvector')
  search!: string;

  @Column('bytea', {
    nullable: true,
    comment: 'exact geometry of coverage.area; null when there is none or it is the point that area_box is',
  })
  shape!: Buffer | null;

  @Column('integer', { name: 'search_version', comment: 'which derivation made this row; older ones are made anew in the background' })
  searchVersion!: number;
}

/** A word that a profile holds or held. */
@Entity('search_word', { comment: 'words that profiles hold or held: what a mistyped word may have meant' })
@Index('search_word_stem_idx', { synchronize: false })
@Index('search_word_similar_idx', { synchronize: false })
export class SearchWordEntity {
  @PrimaryColumn('text', { collation: 'C', primaryKeyConstraintName: 'search_word_pkey' })
  word!: string;

  @Column({ type: 'text', collation: 'C' })
  stem!: string;
}
