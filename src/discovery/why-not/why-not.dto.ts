import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { FreeJson, IsUriId } from '../../registry/dto/field-rules.js';
import type { CriterionAnswer } from './why-not.service.js';

const ANYTHING = {
  oneOf: [{ type: 'object', additionalProperties: true }, { type: 'array', items: {} }, { type: 'string' }, { type: 'number' }],
};

/** Which twin is asked about, and the query. */
export class WhyNotDto {
  @ApiProperty({ maxLength: 512, example: 'urn:example:twin:traffic' })
  @IsUriId()
  twin!: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'A query document, as `query` of a search.',
    example: { domain: 'fire', text: 'hydrant' },
  })
  @FreeJson()
  query!: unknown;
}

/** What one criterion says of the twin. */
export class CriterionAnswerDto {
  @ApiProperty({
    description: 'Its place in the request; empty for the usual status, which goes without saying.',
    example: '/query/domain',
  })
  pointer!: string;

  @ApiProperty({ example: 'domain' })
  criterion!: string;

  @ApiProperty({ example: false })
  met!: boolean;

  @ApiProperty({ description: 'It stands beneath a `not`: being met speaks against the twin.', example: false })
  negated!: boolean;

  @ApiPropertyOptional({ ...ANYTHING, description: 'What was asked for.', example: ['fire'] })
  wanted?: unknown;

  @ApiPropertyOptional({
    ...ANYTHING,
    description:
      'What the twin has: of a feature, its nearest ones and in what they differ; of a text, the words it lacks; of a JSONPath, nothing.',
    example: 'traffic',
  })
  actual?: unknown;
}

/** Why a twin is, or is not, in the result. */
export class WhyNotAnswerDto {
  @ApiProperty({ example: 'urn:example:twin:traffic' })
  twin!: string;

  @ApiProperty({ description: 'Whether it is in the result.', example: false })
  matches!: boolean;

  @ApiProperty({ type: [CriterionAnswerDto] })
  criteria!: CriterionAnswer[];
}
