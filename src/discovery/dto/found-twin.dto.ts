import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { toTwinDto, TwinDto } from '../../registry/dto/twin.dto.js';
import type { FoundTwin } from '../discovery.service.js';
import { MatchedFeatureDto } from './search.dto.js';

/** A twin that meets the need, and the features by which it does. */
export class FoundTwinDto extends TwinDto {
  @ApiProperty({ type: [MatchedFeatureDto], description: 'The features that were asked for; all of them, when none were.' })
  matchedFeatures!: MatchedFeatureDto[];
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
}

/** The wire form of a twin found. */
export function toFoundTwinDto({ twin, matchedFeatures }: FoundTwin): FoundTwinDto {
  return { ...toTwinDto(twin), matchedFeatures: matchedFeatures.map(({ kind, name }) => ({ kind, name })) };
}
