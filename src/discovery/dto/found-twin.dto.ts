import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { FeatureDto } from '../../registry/dto/feature.dto.js';
import { toTwinDto, TwinDto } from '../../registry/dto/twin.dto.js';
import type { FoundFeature, FoundTwin, SearchAnswer } from '../discovery.service.js';
import type { Page } from '../../kernel/page.js';
import { MatchedFeatureDto } from './search.dto.js';

/** A part of an aggregated twin. */
export class FoundPartDto {
  @ApiProperty({ example: 'urn:example:twin:traffic' })
  id!: string;

  @ApiProperty({ example: 'Traffic twin' })
  name!: string;

  @ApiProperty({ example: 'traffic' })
  domain!: string;

  @ApiProperty({ description: 'What it is directly a part of.', example: 'urn:example:twin:district' })
  partOf!: string;

  @ApiProperty({ minimum: 1, description: 'Levels below the twin that was found.', example: 1 })
  depth!: number;
}

/** A twin that meets the need, and the features by which it does. */
export class FoundTwinDto extends TwinDto {
  @ApiProperty({ type: [MatchedFeatureDto], description: 'The features that were asked for; all of them, when none were.' })
  matchedFeatures!: MatchedFeatureDto[];

  @ApiPropertyOptional({ description: 'By relevance: the higher, the better.' })
  score?: number;

  @ApiPropertyOptional({ description: 'By distance: how far the coverage is, in meters; 0 when it shares a point.' })
  meters?: number;

  @ApiPropertyOptional({
    type: [FoundPartDto],
    description:
      'Of an aggregated twin, with `composition: expand`: its parts on all levels that the caller may see, nearest levels first.',
  })
  parts?: FoundPartDto[];
}

/** How many there are: exactly, or at least. */
export class TotalDto {
  @ApiPropertyOptional({ minimum: 0, description: 'How many twins match.' })
  exact?: number;

  @ApiPropertyOptional({ minimum: 0, description: 'Instead of exact: more than are counted match.' })
  atLeast?: number;
}

/** A value and how many matches have it. */
export class FacetValueDto {
  @ApiProperty()
  value!: string;

  @ApiPropertyOptional({ minimum: 1 })
  exact?: number;

  @ApiPropertyOptional({ minimum: 1, description: 'Instead of exact, when not all matches were counted.' })
  atLeast?: number;
}

/** One page of twins found. */
export class FoundTwinPageDto {
  @ApiProperty({ type: [FoundTwinDto] })
  items!: FoundTwinDto[];

  @ApiPropertyOptional({
    description:
      'Cursor of the next page. A page may hold fewer than `limit`, even none, and yet have a next: looking at areas is bounded per request.',
  })
  next?: string;

  @ApiPropertyOptional({
    description: 'By relevance, where more twins match than are ranked with one another: how many were. The next thousand follow them.',
  })
  ranked?: number;

  @ApiPropertyOptional({
    description: 'With `composition: expand`: there are more parts than the 1,000 that one page tells of.',
    example: true,
  })
  partsCut?: boolean;

  @ApiPropertyOptional({ type: TotalDto })
  total?: TotalDto;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'array', items: { $ref: '#/components/schemas/FacetValueDto' } },
    description: 'Per facet asked for, its most frequent values, at most 100.',
  })
  facets?: Record<string, FacetValueDto[]>;
}

/** A feature of a twin that was found. */
export class FoundFeatureDto {
  @ApiProperty({ description: 'Id of the twin.' })
  twin!: string;

  @ApiProperty({ type: FeatureDto })
  feature!: FoundFeature['feature'];
}

/** Features of one page of twins found. */
export class FoundFeaturePageDto {
  @ApiProperty({ type: [FoundFeatureDto] })
  items!: FoundFeatureDto[];

  @ApiPropertyOptional({ description: 'Cursor of the next page.' })
  next?: string;
}

/** The wire form of a twin found. */
export function toFoundTwinDto({ twin, matchedFeatures, score, meters, parts }: FoundTwin): FoundTwinDto {
  return {
    ...toTwinDto(twin),
    matchedFeatures: matchedFeatures.map(({ kind, name }) => ({ kind, name })),
    ...(score !== undefined && { score }),
    ...(meters !== undefined && { meters }),
    ...(parts && { parts: parts.map(({ id, name, domain, partOf, depth }) => ({ id, name, domain, partOf, depth })) }),
  };
}

function counted(count: number, isExact: boolean): TotalDto {
  return isExact ? { exact: count } : { atLeast: count };
}

/** The wire form of a search's answer. */
export function toFoundTwinPageDto({ items, next, ranked, counts, partsCut }: SearchAnswer): FoundTwinPageDto {
  return {
    items: items.map(toFoundTwinDto),
    ...(next !== undefined && { next }),
    ...(ranked !== undefined && { ranked }),
    ...(partsCut && { partsCut }),
    ...(counts && {
      total: counted(counts.total.count, counts.total.isExact),
      facets: Object.fromEntries(
        Object.entries(counts.facets).map(([name, values]) => [
          name,
          values.map(({ value, count }) => ({ value, ...counted(count, counts.total.isExact) })),
        ]),
      ),
    }),
  };
}

/** The wire form of features found. */
export function toFoundFeaturePageDto({ items, next }: Page<FoundFeature>): FoundFeaturePageDto {
  return { items: items.map(({ twin, feature }) => ({ twin, feature })), ...(next !== undefined && { next }) };
}
