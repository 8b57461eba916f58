import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { LANES, MESSAGE_TYPES, ROLES } from '../vocabulary/codes.js';
import { COMBINATIONS } from '../vocabulary/matrix.js';
import { STATUS_NUMBERS } from '../vocabulary/status.js';
import { VOCABULARIES } from '../vocabulary/vocabulary.js';

/** One allowed combination. */
class CombinationDto {
  @ApiProperty({ example: 'INVOKE' })
  action!: string;

  @ApiProperty({ example: 'function' })
  object!: string;

  @ApiProperty({ enum: ROLES })
  from!: string;

  @ApiProperty({ enum: ROLES })
  to!: string;

  @ApiProperty({ enum: MESSAGE_TYPES })
  messageType!: string;
}

/** What may be said. */
class VocabularyDto {
  @ApiProperty({ type: [String], example: ['1.0'] })
  versions!: string[];

  @ApiProperty({ description: 'Where the names come from, with the grade of that knowledge.' })
  origin!: string;

  @ApiProperty({ type: [CombinationDto] })
  combinations!: CombinationDto[];

  @ApiProperty({ type: [String], example: [...LANES] })
  lanes!: string[];

  @ApiProperty({ type: 'object', additionalProperties: { type: 'integer' }, description: 'Status codes of a RESPONSE with their numbers.' })
  statuses!: Record<string, number>;
}

/** The vocabulary of messages. */
@ApiTags('Exchange')
@ApiBearerAuth('organization')
@Controller('v1/vocabulary')
export class VocabularyController {
  @Get()
  @ApiOperation({
    operationId: 'getVocabulary',
    summary: 'See which actions may be performed on which objects',
    description: 'Any other combination is refused.',
  })
  @ApiOkResponse({ type: VocabularyDto })
  read(): VocabularyDto {
    return {
      versions: VOCABULARIES.map(({ names }) => names.version),
      origin: VOCABULARIES[0]?.names.origin ?? '',
      combinations: [...COMBINATIONS],
      lanes: [...LANES],
      statuses: STATUS_NUMBERS,
    };
  }
}
