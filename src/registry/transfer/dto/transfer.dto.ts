import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, Matches, Max, MaxLength, Min } from 'class-validator';
import { IsLine, IsPageLimit, Optional } from '../../dto/field-rules.js';
import { OWNER } from '../../dto/list-twins.dto.js';
import type { TransferConsent } from '../transfer-consents.js';
import { OFFER_SECONDS, TRANSFER_STATES, type TransferState, type TwinTransfer } from '../twin-transfer.js';

/** The offer of the OpenAPI examples. */
export const OFFER_EXAMPLE = { to: 'city-planning', expiresInSeconds: 86_400, note: 'The A40 is yours from next month on' };

/** For how long something is offered or consented to. */
export class ExpiryDto {
  @ApiPropertyOptional({
    minimum: OFFER_SECONDS.min,
    maximum: OFFER_SECONDS.max,
    default: OFFER_SECONDS.default,
    description: 'Seconds until it runs out, by the database clock.',
    example: 86_400,
  })
  @Optional()
  @IsInt()
  @Min(OFFER_SECONDS.min)
  @Max(OFFER_SECONDS.max)
  expiresInSeconds?: number;
}

/** To whom a twin is offered. */
export class OfferTransferDto extends ExpiryDto {
  @ApiProperty({ description: 'The organization that shall have it.', example: 'city-planning' })
  @Matches(OWNER, { message: 'must be 1 to 63 lower-case letters, digits and hyphens' })
  to!: string;

  @ApiPropertyOptional({ maxLength: 500, description: 'One line for the receiver.', example: OFFER_EXAMPLE.note })
  @Optional()
  @IsLine(500)
  note?: string;
}

/** Which offers are listed. */
export class ListTransfersDto {
  @ApiPropertyOptional({ enum: TRANSFER_STATES })
  @Optional()
  @IsIn(TRANSFER_STATES)
  state?: TransferState;

  @ApiPropertyOptional({ enum: ['from', 'to'], description: 'from: what the caller offers. to: what it is offered.' })
  @Optional()
  @IsIn(['from', 'to'])
  side?: 'from' | 'to';

  @ApiPropertyOptional({ minimum: 1, maximum: 1000, default: 50, example: 50 })
  @Optional()
  @Type(() => Number)
  @IsPageLimit()
  limit?: number;

  @ApiPropertyOptional({ description: 'The `next` of the page before, asked with the same filters.' })
  @Optional()
  @MaxLength(2048)
  cursor?: string;
}

/** An offer to hand a twin over. */
export class TransferDto {
  @ApiProperty({ example: 'urn:uuid:9f0f1a52-6a3e-4a0f-8f3d-0b6e0f3f7c11' })
  id!: string;

  @ApiProperty({ example: 'urn:example:twin:traffic' })
  twin!: string;

  @ApiPropertyOptional({ description: 'Name of the twin; while the offer stands.', example: 'Traffic twin' })
  name?: string;

  @ApiPropertyOptional({ description: 'Its domain; while the offer stands.', example: 'traffic' })
  domain?: string;

  @ApiProperty({ example: 'city-traffic' })
  from!: string;

  @ApiProperty({ example: 'city-planning' })
  to!: string;

  @ApiPropertyOptional({ example: OFFER_EXAMPLE.note })
  note?: string;

  @ApiProperty({
    enum: TRANSFER_STATES,
    description: 'VOID: the twin was deregistered or is another organization’s by now.',
    example: 'OFFERED',
  })
  state!: TransferState;

  @ApiProperty({ format: 'date-time' })
  offeredAt!: string;

  @ApiProperty({ format: 'date-time' })
  expiresAt!: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'When it was accepted, declined, withdrawn or found to be over.' })
  decidedAt?: string;
}

/** A page of offers. */
export class TransferPageDto {
  @ApiProperty({ type: [TransferDto] })
  items!: TransferDto[];

  @ApiPropertyOptional({ description: 'Cursor of the next page; absent on the last.' })
  next?: string;
}

/** Consent to take over the twins of an organization that is offboarded. */
export class TransferConsentDto {
  @ApiProperty({ description: 'Whose twins.', example: 'city-traffic' })
  from!: string;

  @ApiProperty({ format: 'date-time' })
  givenAt!: string;

  @ApiProperty({ format: 'date-time' })
  expiresAt!: string;
}

/** The consents of an organization. */
export class TransferConsentListDto {
  @ApiProperty({ type: [TransferConsentDto] })
  items!: TransferConsentDto[];
}

/** The wire form of an offer. */
export function toTransferDto(transfer: TwinTransfer): TransferDto {
  const { id, twin, name, domain, from, to, note, state, offeredAt, expiresAt, decidedAt } = transfer;
  return {
    id,
    twin,
    ...(name === null ? {} : { name }),
    ...(domain === null ? {} : { domain }),
    from,
    to,
    ...(note === null ? {} : { note }),
    state,
    offeredAt: offeredAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    ...(decidedAt === null ? {} : { decidedAt: decidedAt.toISOString() }),
  };
}

/** The wire form of a consent. */
export function toTransferConsentDto({ from, givenAt, expiresAt }: TransferConsent): TransferConsentDto {
  return { from, givenAt: givenAt.toISOString(), expiresAt: expiresAt.toISOString() };
}
