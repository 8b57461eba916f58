import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { MAX_PAGE_SIZE } from '../../kernel/page.js';

/** Which page of a list. */
export class PageQuery {
  @ApiPropertyOptional({ description: 'How many items at most.', example: 50, minimum: 1, maximum: MAX_PAGE_SIZE, default: 50 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(MAX_PAGE_SIZE)
  limit?: number;

  @ApiPropertyOptional({ description: 'The `next` of the page before; leave out for the first page.' })
  @IsOptional()
  @IsString()
  @MaxLength(2048)
  cursor?: string;
}
