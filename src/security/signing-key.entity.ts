import { Check, Column, Entity, PrimaryColumn, Unique } from 'typeorm';

/** A key that signs access tokens. The public half is not stored: who can write here without SECRET_KEY cannot plant a key. */
@Entity('signing_key')
@Unique('signing_key_generation_key', ['generation'])
@Check('signing_key_generation_counts', 'generation > 0')
export class SigningKeyRow {
  /** RFC 7638 thumbprint of the public key. */
  @PrimaryColumn('text', { primaryKeyConstraintName: 'signing_key_pkey' })
  kid!: string;

  /** Counts from 1; of brokers that make the next key at the same time, one succeeds. */
  @Column('integer')
  generation!: number;

  /** The private JWK, sealed for the purpose `signing-key:<kid>`. */
  @Column('text', { name: 'sealed_private_key' })
  sealedPrivateKey!: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;
}
