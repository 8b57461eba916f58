import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';
import { PageQuery } from './page-query.dto.js';

const CHAIN = {
  description: "An organization's id, `me`, or `system` (operators only). Left out: the caller's own; an operator's is `system`.",
};
const CHAIN_FORM = /^[a-z0-9][a-z0-9-]{0,62}$/;
const CHAIN_MESSAGE = { message: "chain must be an organization's id, me or system" };
const HASH = { pattern: '^[0-9a-f]{64}$', example: '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae' };

/** Which chain of the audit log. */
export class ChainQuery {
  @ApiPropertyOptional(CHAIN)
  @IsOptional()
  @Matches(CHAIN_FORM, CHAIN_MESSAGE)
  chain?: string;
}

/** Which page of which chain. */
export class AuditQuery extends PageQuery {
  @ApiPropertyOptional(CHAIN)
  @IsOptional()
  @Matches(CHAIN_FORM, CHAIN_MESSAGE)
  chain?: string;
}

/** Who decided. */
export class AuditActorView {
  @ApiProperty({ enum: ['operator', 'organization', 'twin', 'broker'], example: 'operator' })
  kind!: string;

  @ApiProperty({ description: 'Client id of the credential used.', example: 'operator' })
  subject!: string;

  @ApiPropertyOptional({ description: 'The twin, when one acted for itself.', example: 'urn:example:twin:traffic' })
  twin?: string;
}

/** One decision. */
export class AuditEntryView {
  @ApiProperty({ example: 'city-traffic' })
  chain!: string;

  @ApiProperty({ description: 'Counts from 1 within the chain, without gaps.', example: 1 })
  sequence!: number;

  @ApiProperty({ example: '2026-01-01T08:00:00.000Z', format: 'date-time' })
  recordedAt!: string;

  @ApiProperty({ type: AuditActorView })
  actor!: AuditActorView;

  @ApiProperty({ example: 'organization.create' })
  action!: string;

  @ApiProperty({ example: 'city-traffic' })
  subject!: string;

  @ApiProperty({ enum: ['done', 'refused'], example: 'done' })
  outcome!: string;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, example: { name: 'City traffic department' } })
  detail?: Record<string, unknown>;

  @ApiProperty({ ...HASH, description: 'Hash of the entry before; zeros for the first.' })
  previousHash!: string;

  @ApiProperty({
    ...HASH,
    description:
      'SHA-256 of the previous hash (32 bytes) and of chain, sequence, recordedAt and the RFC 8785 form of the rest, joined by line feeds.',
  })
  hash!: string;
}

/** A page of a chain, newest first. */
export class AuditPage {
  @ApiProperty({ type: [AuditEntryView] })
  items!: AuditEntryView[];

  @ApiPropertyOptional({ description: 'Cursor of the next page; absent on the last.' })
  next?: string;
}

/** Whether a chain holds. */
export class ChainVerdictView {
  @ApiProperty({ example: 'city-traffic' })
  chain!: string;

  @ApiProperty({ example: true })
  intact!: boolean;

  @ApiProperty({ description: 'How many entries hold, counted from the first.', example: 12 })
  entries!: number;

  @ApiProperty({ ...HASH, description: 'Hash of the last entry that holds. Note it elsewhere, and a chain that was cut short shows, too.' })
  head!: string;

  @ApiPropertyOptional({ description: 'Sequence of the first entry that does not hold.', example: 13 })
  brokenAt?: number;
}
