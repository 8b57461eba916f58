import { ApiPropertyOptional, PickType } from '@nestjs/swagger';
import { IsUriId, Optional } from '../../dto/field-rules.js';
import { ListTwinsDto } from '../../dto/list-twins.dto.js';

/** What an export holds. */
export class ExportQueryDto extends PickType(ListTwinsDto, ['owner', 'domain', 'status'] as const) {
  @ApiPropertyOptional({ maxLength: 512, description: 'Go on after this id: the last one of an export that broke off.' })
  @Optional()
  @IsUriId()
  after?: string;
}
