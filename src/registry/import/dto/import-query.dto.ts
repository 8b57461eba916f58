import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { IsBoolean, IsIn, IsInt, Matches, Max, Min } from 'class-validator';
import { IsUriId, Optional } from '../../dto/field-rules.js';
import { DOMAIN } from '../../dto/twin-profile.dto.js';
import { LEASE_SECONDS } from '../../registration-status.js';
import type { TwinAccess } from '../../twin.js';
import { IMPORT_FORMATS, type ImportFormat } from '../import-format.js';

/** `true` and `false` as a query writes them; anything else stays what it is, and is refused. */
function readBoolean({ value }: { value: unknown }): unknown {
  return value === 'true' ? true : value === 'false' ? false : value;
}

/** What the caller says of an import. */
export class ImportQueryDto {
  @ApiPropertyOptional({ enum: IMPORT_FORMATS, description: 'Without it, the content type or the document tells.' })
  @Optional()
  @IsIn(IMPORT_FORMATS)
  format?: ImportFormat;

  @ApiPropertyOptional({ maxLength: 512, description: 'Id of the twin, in place of the document’s. Not for an array.' })
  @Optional()
  @IsUriId()
  id?: string;

  @ApiPropertyOptional({ pattern: DOMAIN.source, description: 'Without it, as the twin has it, or guessed from the document.' })
  @Optional()
  @Matches(DOMAIN, { message: 'must be 1 to 63 lower-case letters, digits and hyphens, starting with a letter' })
  domain?: string;

  @ApiPropertyOptional({ enum: ['private', 'listed'], description: 'Without it, as the twin has it; a new one is private.' })
  @Optional()
  @IsIn(['private', 'listed'])
  access?: TwinAccess;

  @ApiPropertyOptional({
    minimum: LEASE_SECONDS.min,
    maximum: LEASE_SECONDS.max,
    description: 'Seconds of the lease. Without it, as the document or the twin has it.',
  })
  @Optional()
  @Type(() => Number)
  @IsInt()
  @Min(LEASE_SECONDS.min)
  @Max(LEASE_SECONDS.max)
  lease?: number;

  @ApiPropertyOptional({ type: Boolean, default: false, description: 'Tells what would be; registers nothing.' })
  @Optional()
  @Transform(readBoolean)
  @IsBoolean()
  dryRun?: boolean;

  @ApiPropertyOptional({ type: Boolean, default: false, description: 'Changes features even where that breaks connections.' })
  @Optional()
  @Transform(readBoolean)
  @IsBoolean()
  force?: boolean;
}
