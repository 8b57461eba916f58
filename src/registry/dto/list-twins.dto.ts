import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { ArrayMaxSize, IsIn, Matches, MaxLength } from 'class-validator';
import { LIVE_STATUSES, type LiveStatus } from '../registration-status.js';
import { IsPageLimit, IsUriId, Optional } from './field-rules.js';
import { DOMAIN } from './twin-profile.dto.js';

/** What an organization may be called; the same rule as parseOrganizationId. */
export const OWNER = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Filters of the list of twins. */
export class ListTwinsDto {
  @ApiPropertyOptional({ example: 'traffic' })
  @Optional()
  @Matches(DOMAIN, { message: 'must be 1 to 63 lower-case letters, digits and hyphens, starting with a letter' })
  domain?: string;

  @ApiPropertyOptional({ description: 'An organization.' })
  @Optional()
  @Matches(OWNER, { message: 'must be 1 to 63 lower-case letters, digits and hyphens' })
  owner?: string;

  @ApiPropertyOptional({ description: 'URI of a physical thing that the twins are about.', example: 'urn:example:road:A40' })
  @Optional()
  @IsUriId()
  objectOfInterest?: string;

  @ApiPropertyOptional({ enum: LIVE_STATUSES, isArray: true, description: 'Repeat it for several; without it, all.', example: ['ACTIVE'] })
  @Optional()
  @Transform(({ value }: { value: unknown }) => (Array.isArray(value) ? (value as unknown[]) : [value]))
  @ArrayMaxSize(LIVE_STATUSES.length)
  @IsIn(LIVE_STATUSES, { each: true })
  status?: LiveStatus[];

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
