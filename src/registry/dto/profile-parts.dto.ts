import { ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, Matches } from 'class-validator';
import { IRI } from './feature.dto.js';
import { IsLine, IsLines, IsProse, IsUriId, Optional } from './field-rules.js';

/** The most twins that one aggregated twin may name as its parts. */
export const MAX_PARTS = 500;
const MAX_PURPOSES = 20;

/** On what terms others may use what the twin provides. */
export class AccessTermsDto {
  @ApiPropertyOptional({ description: 'IRI of the licence.', example: 'https://creativecommons.org/licenses/by/4.0/' })
  @Optional()
  @Matches(IRI, { message: 'must be an absolute IRI of at most 1,000 characters' })
  license?: string;

  @ApiPropertyOptional({ maxLength: 500, description: 'How the source wants to be named.', example: 'City of London, Traffic Operations' })
  @Optional()
  @IsLine(500)
  attribution?: string;

  @ApiPropertyOptional({ type: [String], maxItems: MAX_PURPOSES, description: 'What it may be used for.', example: ['research'] })
  @Optional()
  @IsArray()
  @ArrayMaxSize(MAX_PURPOSES)
  @IsLines(100)
  purposes?: string[];

  @ApiPropertyOptional({ maxLength: 4000, description: 'Whatever else a user must agree to.' })
  @Optional()
  @IsProse(4000)
  conditions?: string;

  @ApiPropertyOptional({ maxLength: 500, description: 'Whom to ask: a name, an address, a URL.', example: 'mailto:traffic@example.org' })
  @Optional()
  @IsLine(500)
  contact?: string;
}

/** Of what an aggregated twin is made up. */
export class CompositionDto {
  @ApiPropertyOptional({ type: [String], minItems: 1, maxItems: MAX_PARTS, description: 'Ids of the twins that it is made up of.' })
  @Optional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_PARTS)
  @ArrayUnique({ message: 'must name each part once' })
  parts?: string[];

  @ApiPropertyOptional({ maxLength: 512, description: 'Id of the federation whose members are its parts.' })
  @Optional()
  @IsUriId()
  federation?: string;
}
