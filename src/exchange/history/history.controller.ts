import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal } from '../../security/current-principal.js';
import type { Principal } from '../../security/principal.js';
import { EXAMPLE_MESSAGE_ID } from '../../vocabulary/example-stamps.js';
import { FIRE_TWIN_ID } from '../dto/example-ids.js';
import { MessageReportQueryDto } from '../dto/message.dto.js';
import { type MessageHistory, MessageHistoryService } from './message-history.service.js';
import { type MessageTree, MessageTreeService } from './message-tree.service.js';

const ID = { name: 'messageId', example: EXAMPLE_MESSAGE_ID };
const SENDER = { name: 'sender', required: true, example: FIRE_TWIN_ID, description: 'The twin that sent it.' };
const NOT_FOUND = {
  status: 404,
  description: 'No such message is remembered, or the caller has no part in it (problem+json `not-found`).',
};
const OPEN = { type: 'object', additionalProperties: true } as const;

/** What became of messages, and what they caused. */
@ApiTags('Exchange')
@ApiBearerAuth('organization')
@Controller('v1/messages/:messageId')
export class HistoryController {
  constructor(
    private readonly histories: MessageHistoryService,
    private readonly trees: MessageTreeService,
  ) {}

  @Get('history')
  @ApiOperation({
    operationId: 'getMessageHistory',
    summary: 'See the history of a message',
    description:
      'When it was accepted, delivered to which consumer in which attempt, given back, settled, answered, withdrawn, dead, replayed: for those who act for its ' +
      'sender or its receiver, as far back as the log is kept.',
  })
  @ApiParam(ID)
  @ApiQuery(SENDER)
  @ApiOkResponse({
    schema: {
      type: 'object',
      required: ['messageId', 'sender', 'acceptedAt', 'events'],
      properties: {
        messageId: { type: 'string' },
        sender: { type: 'string' },
        receiver: { type: 'string', description: 'Absent when it was published.' },
        acceptedAt: { type: 'string', format: 'date-time' },
        deadline: { type: 'string', format: 'date-time' },
        match: { ...OPEN, description: 'How its receiver was found, for its sender.' },
        events: {
          type: 'array',
          items: { ...OPEN, required: ['event'], properties: { event: { type: 'string' }, at: { type: 'string' } } },
        },
        incomplete: { type: 'boolean', description: 'There when there is more than one look finds.' },
      },
    },
  })
  @ApiResponse(NOT_FOUND)
  history(
    @CurrentPrincipal() principal: Principal,
    @Param('messageId') messageId: string,
    @Query() { sender }: MessageReportQueryDto,
  ): Promise<MessageHistory> {
    return this.histories.read(principal, sender, messageId);
  }

  @Get('tree')
  @ApiOperation({
    operationId: 'getMessageTree',
    summary: 'See what a message belongs to',
    description:
      'The whole tree of causes and effects across domains, from the first message that the caller sees: its own messages whole, those between twins that it ' +
      'sees redacted, others left out.',
  })
  @ApiParam(ID)
  @ApiQuery(SENDER)
  @ApiOkResponse({
    schema: { type: 'object', required: ['root'], properties: { root: OPEN, incomplete: { type: 'boolean' } } },
  })
  @ApiResponse(NOT_FOUND)
  tree(
    @CurrentPrincipal() principal: Principal,
    @Param('messageId') messageId: string,
    @Query() { sender }: MessageReportQueryDto,
  ): Promise<MessageTree> {
    return this.trees.read(principal, sender, messageId);
  }
}
