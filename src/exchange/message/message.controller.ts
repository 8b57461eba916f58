import { Readable } from 'node:stream';
import { Body, Controller, Get, Header, Headers, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiHeader, ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { DomainError } from '../../problems/domain-error.js';
import { allowLongBody } from '../../problems/unreadable-request.js';
import { BulkCall } from '../../registry/bulk/bulk-call.js';
import { TokenVerifier } from '../../security/token-verifier.js';
import { CurrentPrincipal } from '../../security/current-principal.js';
import type { Principal } from '../../security/principal.js';
import { EXAMPLE_MESSAGE_ID } from '../../vocabulary/example-stamps.js';
import { FIRE_TWIN_ID } from '../dto/example-ids.js';
import { DISCOVER_EXAMPLE, INVOKE_EXAMPLE, NOTIFY_EXAMPLE, RESPONSE_EXAMPLE } from '../dto/examples.js';
import { MessageReportQueryDto, WaitQueryDto } from '../dto/message.dto.js';
import { BATCH_SCHEMA, MESSAGE, RECEIPT_SCHEMA, REPORT_SCHEMA } from '../dto/wire-schemas.js';
import { hangUpSignal } from '../../security/hang-up.js';
import { DRY_RUN_SCHEMA } from '../match/dry-run.schema.js';
import { DryRunService } from '../match/dry-run.service.js';
import { JsonTextPipe } from './json-text.pipe.js';
import { type LinesCaller, MessageLinesService } from './message-lines.service.js';
import { MessageIntakeService } from './message-intake.service.js';
import { traceparentOf } from './trace-context.js';
import { presentBatch, presentDryRun, presentSubmission, reportText } from './message.presenter.js';

const NDJSON = 'application/x-ndjson';
const REFUSALS = [
  {
    status: 400,
    description: 'Not a message of this vocabulary (problem+json `validation-failed`, `malformed-message`, `version-unsupported`).',
  },
  {
    status: 403,
    description:
      'The caller does not act for the sender, or the twins are not in one federation (problem+json `forbidden`, `policy-denied`).',
  },
  { status: 404, description: 'The receiver is not known, or the sender may not see it (problem+json `receiver-unknown`, `not-found`).' },
  { status: 405, description: 'No such action on this object in this direction (problem+json `action-not-applicable`).' },
  {
    status: 409,
    description:
      'No open connection carries it, or the id was used for another message (problem+json `state-conflict`, `message-conflict`).',
  },
  { status: 410, description: 'Too old, answered already, or the receiver has expired (problem+json `expired`, `already-answered`).' },
  { status: 413, description: 'Larger than 1 MB, or more than 1,000 messages (problem+json `payload-too-large`).' },
  { status: 422, description: 'The payload does not fit the schema of the feature (problem+json `payload-invalid`).' },
  { status: 429, description: 'Too much waits for its commit (problem+json `rate-limited`, Retry-After).' },
] as const;

function Refusals(): MethodDecorator {
  return (target, key, descriptor) => {
    for (const refusal of REFUSALS) ApiResponse(refusal)(target, key, descriptor);
  };
}

/** Messages of actions on objects (Y.4605-style). */
@ApiTags('Exchange')
@ApiBearerAuth('organization')
@Controller('v1/messages')
export class MessageController {
  private readonly jsonText = new JsonTextPipe();

  constructor(
    private readonly intake: MessageIntakeService,
    private readonly lines: MessageLinesService,
    private readonly verifier: TokenVerifier,
    private readonly dryRuns: DryRunService,
  ) {}

  @Post()
  @ApiOperation({
    operationId: 'sendMessage',
    summary: 'Send a message, an array of them, or very many line by line',
    description:
      'Accepted means stored durably: the answer goes out after COMMIT. The same messageId again gets the first answer; with another body it is refused. ' +
      'A REQUEST gets exactly one RESPONSE, into the sender’s inbox; with `wait` it is given inline (200) if it comes in time. An array gets an array of ' +
      'outcomes (207), and a bad message never spoils its neighbours. As NDJSON, one message a line, any number: the answer comes while the body is read, per ' +
      'message a line with its number and its `receipt` or `problem`, in order, and at the end a line with `complete`. Who does not read it is not read on.',
  })
  @ApiQuery({
    name: 'wait',
    required: false,
    description: 'Seconds to wait for the RESPONSE of a REQUEST, up to 60.',
    schema: { type: 'number', minimum: 0, maximum: 60 },
  })
  @ApiQuery({
    name: 'dryRun',
    required: false,
    description: 'true: nothing is stored; 200 says who would get the message, and why others would not. One message, to a twin.',
    schema: { type: 'boolean' },
  })
  @ApiHeader({
    name: 'traceparent',
    required: false,
    description: 'The trace (W3C Trace Context) of messages that name none themselves. One that is not valid is ignored.',
  })
  @ApiBody({
    schema: { oneOf: [MESSAGE, { type: 'array', items: MESSAGE, maxItems: 1000 }] },
    examples: {
      invoke: { summary: 'Call a function of another twin', value: INVOKE_EXAMPLE },
      notify: { summary: 'Publish a value', value: NOTIFY_EXAMPLE },
      respond: { summary: 'Answer the call above', value: RESPONSE_EXAMPLE },
      discover: { summary: 'Ask the registry', value: DISCOVER_EXAMPLE },
    },
  })
  @ApiResponse({
    status: 200,
    description: 'The RESPONSE to the REQUEST; of a dry run, what sending would do; or the outcomes of lines, each when it is known.',
    content: {
      'application/json': { schema: { anyOf: [MESSAGE, DRY_RUN_SCHEMA] } },
      [NDJSON]: { schema: { type: 'string', description: 'One JSON object a line.' } },
    },
  })
  @ApiResponse({
    status: 202,
    description: 'Accepted and stored.',
    schema: RECEIPT_SCHEMA,
    headers: { Location: { schema: { type: 'string' }, description: 'What became of it.' } },
  })
  @ApiResponse({ status: 207, description: 'Outcomes of an array, in its order.', schema: BATCH_SCHEMA })
  @Refusals()
  async send(
    @CurrentPrincipal() principal: Principal,
    @Body() body: unknown,
    @Query() { wait = 0, dryRun = false }: WaitQueryDto,
    @Res() reply: FastifyReply,
    @Headers('traceparent') trace?: string,
  ): Promise<void> {
    const traceparent = traceparentOf(trace);
    if (body instanceof Readable) {
      if (dryRun) throw new DomainError('validation-failed', 'A dry run takes one message, not lines of them.', { pointer: '' });
      await this.takeLines({ principal, traceparent }, body, reply);
      return;
    }
    const text = this.jsonText.transform(body);
    if (dryRun) {
      await reply.send(presentDryRun(reply, await this.dryRuns.run(principal, text)));
      return;
    }
    // Most callers don't wait for an answer: there is nothing to end when they hang up.
    const hungUp = wait > 0 ? hangUpSignal(reply) : undefined;
    const answer = text.trimStart().startsWith('[')
      ? presentBatch(reply, await this.intake.submitBatch(principal, text, traceparent))
      : presentSubmission(reply, await this.intake.submit(principal, text, wait * 1_000, hungUp, traceparent));
    await reply.send(answer);
  }

  @Get(':messageId')
  @Header('content-type', 'application/json; charset=utf-8')
  @ApiOperation({
    operationId: 'getMessageReport',
    summary: 'See what became of a message',
    description: 'With the RESPONSE, if it was a REQUEST and has one.',
  })
  @ApiParam({ name: 'messageId', example: EXAMPLE_MESSAGE_ID })
  @ApiQuery({ name: 'sender', required: true, example: FIRE_TWIN_ID, description: 'The twin that sent it.' })
  @ApiOkResponse({ schema: REPORT_SCHEMA })
  @ApiResponse({ status: 404, description: 'No such message is remembered (problem+json `not-found`).' })
  async report(
    @CurrentPrincipal() principal: Principal,
    @Param('messageId') messageId: string,
    @Query() { sender }: MessageReportQueryDto,
  ): Promise<string> {
    return reportText(await this.intake.report(principal, sender, messageId));
  }

  private async takeLines(caller: LinesCaller, input: Readable, reply: FastifyReply): Promise<void> {
    const coding = reply.request.headers['content-encoding'];
    if (coding !== undefined && coding.toLowerCase() !== 'identity')
      throw new DomainError('unsupported-media-type', 'Lines are sent as they are, without a Content-Encoding.');
    const hurryAgain = allowLongBody(reply.request.raw.socket);
    try {
      const call = new BulkCall(reply, this.verifier, this.lines.stopping);
      await call.answer(this.lines.take(caller, input, call.signal));
    } finally {
      hurryAgain();
    }
  }
}
