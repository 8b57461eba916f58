import { Controller, Delete, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiExtension, ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal } from '../../security/current-principal.js';
import type { Principal } from '../../security/principal.js';
import { EXAMPLE_MESSAGE_ID } from '../../vocabulary/example-stamps.js';
import { FIRE_TWIN_ID } from '../dto/example-ids.js';
import { MessageReportQueryDto } from '../dto/message.dto.js';
import { WithdrawnMessageDto } from './dto/withdrawn-message.dto.js';
import { WithdrawalService } from './withdrawal.service.js';

/** What a sender may still do about a message. */
@ApiTags('Exchange')
@ApiBearerAuth('organization')
@Controller('v1/messages')
export class WithdrawalController {
  constructor(private readonly withdrawals: WithdrawalService) {}

  @Delete(':messageId')
  @ApiOperation({
    operationId: 'withdrawMessage',
    summary: 'Take a message back',
    description:
      'As long as nobody has claimed it. It is not delivered then, whichever broker its receiver reads through; a REQUEST gets no answer. Again is the same.',
  })
  // The examples of this document are run in order, and by then its message was claimed.
  @ApiExtension('x-outside-tour', true)
  @ApiParam({ name: 'messageId', example: EXAMPLE_MESSAGE_ID })
  @ApiQuery({ name: 'sender', required: true, example: FIRE_TWIN_ID, description: 'The twin that sent it.' })
  @ApiOkResponse({ type: WithdrawnMessageDto })
  @ApiResponse({ status: 404, description: 'No such message is remembered (problem+json `not-found`).' })
  @ApiResponse({ status: 409, description: 'Somebody has claimed it, or it was published (problem+json `state-conflict`).' })
  @ApiResponse({ status: 410, description: 'It was settled or answered, or its time is over (problem+json `expired`).' })
  async withdraw(
    @CurrentPrincipal() principal: Principal,
    @Param('messageId') messageId: string,
    @Query() { sender }: MessageReportQueryDto,
  ): Promise<WithdrawnMessageDto> {
    const { withdrawnAt } = await this.withdrawals.withdraw(principal, sender, messageId);
    return { messageId, sender, status: 'WITHDRAWN', withdrawnAt: withdrawnAt.toISOString() };
  }
}
