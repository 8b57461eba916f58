import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateIf,
} from 'class-validator';
import type { Selection } from '../inbox/inbox.service.js';

const CLAIM_ID = /^[A-Za-z0-9._:-]{1,128}$/;

/** A wish for messages. */
export class ClaimDto {
  @ApiPropertyOptional({
    description: 'Names the claim: sent again while its lease runs, it gives the same messages. Absent: a new one.',
    example: 'claim-1',
  })
  @IsOptional()
  @Matches(CLAIM_ID, { message: 'must be 1 to 128 letters, digits and . _ : -' })
  claimId?: string;

  @ApiPropertyOptional({
    description: 'Name of the consumer. Consumers that share an inbox never hold messages of one key at the same time.',
    example: 'dispatcher-1',
  })
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(128)
  consumer?: string;

  @ApiPropertyOptional({ description: 'The most messages to claim.', minimum: 1, maximum: 1000, default: 100, example: 10 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1000)
  max?: number;

  @ApiPropertyOptional({
    description: 'How long to wait for the first message, in seconds.',
    minimum: 0,
    maximum: 60,
    default: 0,
    example: 1,
  })
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(60)
  waitSeconds?: number;

  @ApiPropertyOptional({
    description: 'How long the messages stay in hand before they come again, in seconds.',
    minimum: 1,
    maximum: 3600,
    default: 30,
    example: 30,
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(3600)
  leaseSeconds?: number;
}

/** Names a lease and deliveries in it. */
export class SelectionDto implements Selection {
  @ApiPropertyOptional({ description: 'Token of the lease, from the claim. This or claimId is required.' })
  @ValidateIf((selection: SelectionDto) => selection.leaseToken !== undefined || selection.claimId === undefined)
  @IsString({ message: 'or claimId is required' })
  @MaxLength(64)
  leaseToken?: string;

  @ApiPropertyOptional({ description: 'Id of the claim, instead of or beside the token.', example: 'claim-1' })
  @IsOptional()
  @Matches(CLAIM_ID, { message: 'must be 1 to 128 letters, digits and . _ : -' })
  claimId?: string;

  @ApiPropertyOptional({ type: [String], description: 'Ids of the deliveries meant; absent: all of the lease.' })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(1000)
  @IsString({ each: true })
  deliveries?: string[];

  @ApiPropertyOptional({ description: 'Cumulative: every delivery of the lease from the same lane or stream, up to and with this one.' })
  @IsOptional()
  @IsString()
  upTo?: string;
}

/** What is given back. */
export class NackDto extends SelectionDto {
  @ApiPropertyOptional({
    description: 'When it may come again, in milliseconds; absent: a growing back-off.',
    minimum: 0,
    maximum: 86_400_000,
    example: 0,
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(86_400_000)
  delayMs?: number;

  @ApiPropertyOptional({ description: 'Why; kept with the dead letter.', example: 'database is being backed up' })
  @IsOptional()
  @IsString()
  @MaxLength(500)
  reason?: string;
}

/** How long a lease shall run on. */
export class ExtensionDto extends SelectionDto {
  @ApiProperty({ description: 'From now, in seconds.', minimum: 1, maximum: 3600, example: 60 })
  @IsInt()
  @Min(1)
  @Max(3600)
  leaseSeconds!: number;
}

/** Paging of an inbox. */
export class BrowseQueryDto {
  @ApiPropertyOptional({ minimum: 1, maximum: 1000, default: 50 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1000)
  limit?: number;

  @ApiPropertyOptional({ description: 'The `next` of the page before.' })
  @IsOptional()
  @IsString()
  @MaxLength(20_000)
  cursor?: string;
}

/** How a stream is read. */
export class StreamQueryDto {
  @ApiPropertyOptional({
    enum: ['none', 'auto'],
    default: 'none',
    description: 'auto: what was written is settled. none: reading changes nothing.',
  })
  @IsOptional()
  @IsIn(['none', 'auto'])
  ack?: 'none' | 'auto';

  @ApiPropertyOptional({
    description: 'Close the stream after so many seconds; absent: stay until the caller hangs up.',
    minimum: 1,
    maximum: 86_400,
    example: 1,
  })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(86_400)
  maxSeconds?: number;
}

/** What `POST …/acks` and `…/nacks` did. */
export class SettledDto {
  @ApiProperty({ description: 'How many deliveries it concerned.', example: 1 })
  settled!: number;
}

/** The new end of a lease. */
export class ExtendedDto {
  @ApiProperty({ format: 'date-time' })
  expiresAt!: string;
}
