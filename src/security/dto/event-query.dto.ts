import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';

/** From where to read events, and how: as a stream, or page by page. */
export class EventQuery {
  @ApiPropertyOptional({
    description: 'Id of the last event seen, as Last-Event-ID; or `oldest`: everything kept. Absent: from now on.',
    example: 'oldest',
  })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  after?: string;

  @ApiPropertyOptional({ minimum: 1, maximum: 500, default: 100, description: 'Of a JSON page: most events on it.', example: 100 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(500)
  limit?: number;

  @ApiPropertyOptional({ minimum: 0, maximum: 60_000, default: 0, description: 'Of a JSON page: milliseconds to wait for a first event.' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(60_000)
  waitMs?: number;

  @ApiPropertyOptional({ minimum: 1, maximum: 86_400, description: 'Of a stream: seconds after which it closes.', example: 1 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(86_400)
  maxSeconds?: number;
}
