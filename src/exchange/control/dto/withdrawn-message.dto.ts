import { ApiProperty } from '@nestjs/swagger';

/** A message that its sender took back. */
export class WithdrawnMessageDto {
  @ApiProperty()
  messageId!: string;

  @ApiProperty()
  sender!: string;

  @ApiProperty({ enum: ['WITHDRAWN'] })
  status!: 'WITHDRAWN';

  @ApiProperty({ format: 'date-time' })
  withdrawnAt!: string;
}
