import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsIn, IsInt, IsNumber, IsObject, Matches, Max, Min, ValidateNested } from 'class-validator';
import { FEATURE_NAME } from '../../../registry/dto/feature.dto.js';
import { FreeJson, IsLine, IsProse, IsUriId, Optional } from '../../../registry/dto/field-rules.js';
import { COLUMNS_EXAMPLE, FEDERATION_ID, FIRE_TWIN_ID, TEMPORARY_VIEW_ID } from './examples.js';
import { FEATURE_RULE, ViewColumnDto } from './view-column.dto.js';

/** A slot lasts from a second to a day. */
export const SLOT_MS = { min: 1_000, max: 86_400_000 } as const;
const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

/** A place that members are joined to. */
export class ViewPlaceDto {
  @ApiProperty({ maxLength: 512, description: 'A URI; without an area, the id of a twin, whose coverage it is.' })
  @IsUriId()
  id!: string;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, description: 'GeoJSON geometry, WGS 84.' })
  @FreeJson()
  area?: unknown;
}

/** How members become rows. */
export class ViewRowsDto {
  @ApiProperty({
    enum: ['twin', 'all', 'place'],
    description: 'twin: a row each. all: one row. place: a row for each place.',
    example: 'twin',
  })
  @IsIn(['twin', 'all', 'place'])
  by!: 'twin' | 'all' | 'place';

  @ApiPropertyOptional({
    enum: ['nearest', 'within'],
    description: 'Of places: the nearest member for each column, or all that are within.',
  })
  @Optional()
  @IsIn(['nearest', 'within'])
  join?: 'nearest' | 'within';

  @ApiPropertyOptional({ minimum: 0, maximum: 20_100_000, description: 'Of places: the farthest that counts. within: 0 unless given.' })
  @Optional()
  @IsNumber({ allowInfinity: false, allowNaN: false })
  @Min(0)
  @Max(20_100_000)
  maxMeters?: number;

  @ApiPropertyOptional({ type: [ViewPlaceDto], minItems: 1, maxItems: 200 })
  @Optional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(200)
  @ValidateNested({ each: true })
  @Type(() => ViewPlaceDto)
  places?: ViewPlaceDto[];
}

/** When slots are closed, and what becomes of values that come later. */
export class ViewLatenessDto {
  @ApiPropertyOptional({
    minimum: 0,
    maximum: DAY_MS,
    default: 500,
    description: 'How far the watermark stays behind the newest observation, in milliseconds.',
    example: 2_000,
  })
  @Optional()
  @IsInt()
  @Min(0)
  @Max(DAY_MS)
  delayMs?: number;

  @ApiPropertyOptional({
    minimum: 100,
    maximum: DAY_MS,
    default: 5_000,
    description: 'When nothing at all came for so many milliseconds, the watermark follows the clock.',
  })
  @Optional()
  @IsInt()
  @Min(100)
  @Max(DAY_MS)
  idleMs?: number;

  @ApiPropertyOptional({
    enum: ['drop', 'correct'],
    default: 'drop',
    description: 'Of a value whose slot is closed: count it as late, or publish the slot again with a greater revision.',
    example: 'correct',
  })
  @Optional()
  @IsIn(['drop', 'correct'])
  policy?: 'drop' | 'correct';

  @ApiPropertyOptional({
    minimum: 0,
    maximum: WEEK_MS,
    description: 'Of `correct`: for how long after its end, by the watermark. 600,000 unless given; at most as long as slots are retained.',
    example: 600_000,
  })
  @Optional()
  @IsInt()
  @Min(0)
  @Max(WEEK_MS)
  correctMs?: number;
}

/** What is said of a view by PUT. */
export class ReplaceViewDto {
  @ApiProperty({ maxLength: 200, example: 'Traffic on the way, by the minute' })
  @IsLine(200)
  name!: string;

  @ApiPropertyOptional({ maxLength: 4_000 })
  @Optional()
  @IsProse(4_000)
  description?: string;

  @ApiProperty({ maxLength: 512, description: 'The federation whose connections are used.', example: FEDERATION_ID })
  @IsUriId()
  federationId!: string;

  @ApiProperty({
    maxLength: 512,
    description: 'The twin that joins, which the caller acts for: what it is connected to, it can join.',
    example: FIRE_TWIN_ID,
  })
  @IsUriId()
  host!: string;

  @ApiProperty({
    pattern: FEATURE_NAME.source,
    description: 'Data feature of the host on which each slot is published; registered if it is not there yet.',
    example: 'trafficMinute',
  })
  @Matches(FEATURE_NAME, FEATURE_RULE)
  feature!: string;

  @ApiProperty({
    minimum: SLOT_MS.min,
    maximum: SLOT_MS.max,
    description: 'Width of a slot in milliseconds, counted from the epoch.',
    example: 60_000,
  })
  @IsInt()
  @Min(SLOT_MS.min)
  @Max(SLOT_MS.max)
  slotMs!: number;

  @ApiProperty({ type: [ViewColumnDto], minItems: 1, maxItems: 50, example: COLUMNS_EXAMPLE })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(50)
  @ValidateNested({ each: true })
  @Type(() => ViewColumnDto)
  columns!: ViewColumnDto[];

  @ApiPropertyOptional({ type: ViewRowsDto, description: 'A row for each twin unless given.' })
  @Optional()
  @IsObject()
  @ValidateNested()
  @Type(() => ViewRowsDto)
  rows?: ViewRowsDto;

  @ApiPropertyOptional({ type: ViewLatenessDto })
  @Optional()
  @IsObject()
  @ValidateNested()
  @Type(() => ViewLatenessDto)
  lateness?: ViewLatenessDto;

  @ApiPropertyOptional({
    minimum: 60,
    default: 3_600,
    description: 'For how many seconds closed slots can be asked for; at most as long as messages are retained.',
    example: 3_600,
  })
  @Optional()
  @IsInt()
  @Min(60)
  retainSeconds?: number;
}

/** What is said of a view by POST: its id may come with it. */
export class CreateViewDto extends ReplaceViewDto {
  @ApiPropertyOptional({
    maxLength: 512,
    description: 'A URI of your own; without one a urn:uuid: is minted.',
    example: TEMPORARY_VIEW_ID,
  })
  @Optional()
  @IsUriId()
  id?: string;
}
