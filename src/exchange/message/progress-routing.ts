import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import { ConnectionDirectory } from '../../federation/connection-directory.js';
import { parseConnectionId, type TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import type { Envelope } from '../../vocabulary/envelope.js';
import { LogReader } from '../log/log-reader.js';
import { AskedTwins } from '../match/asked-twins.js';
import { isMatchedRequest } from '../match/turn-check.js';
import type { IncomingMessage } from './incoming-message.js';
import type { Placement } from './new-row.js';

/** Whether a message tells of the progress of a REQUEST that runs: a NOTIFY on the function that was invoked. */
export function isProgress({ data }: Envelope): boolean {
  return data.action === 'NOTIFY' && data.object.type === 'function';
}

/**
 * Places the NOTIFYs by which a twin tells its requester how far a long INVOKE has come. They settle nothing and extend nothing: the REQUEST's
 * deadline stands, its answer is the RESPONSE.
 */
@Injectable()
export class ProgressRouting {
  constructor(
    private readonly reader: LogReader,
    private readonly asked: AskedTwins,
    private readonly connections: ConnectionDirectory,
    private readonly database: Database,
    private readonly config: Config,
  ) {}

  /**
   * Places a progress NOTIFY into the requester's inbox, where it lives no longer than the REQUEST may run.
   * @throws DomainError `not-found` when the sender was not asked under this id, `already-answered` when the REQUEST is over, `state-conflict`
   */
  async place(sender: TwinId, message: IncomingMessage): Promise<Placement> {
    const { header, data } = message.envelope;
    const requester = header.receiver?.id;
    const messageId = header.correlationId;
    if (requester === undefined) throw missing('/header/receiver', 'the requester of the INVOKE that runs');
    if (messageId === undefined) throw missing('/header/correlationId', 'the messageId of the INVOKE that runs');
    const request = await this.asked.requestTo(sender, requester, messageId);
    if (request === undefined || request.deadline === null) {
      throw new DomainError('not-found', `${sender} was not asked anything by ${requester} under the id ${messageId}.`, {
        pointer: '/header/correlationId',
      });
    }
    const leftMs = request.deadline.getTime() - this.database.clock.now();
    const isOver = request.overdue === true || leftMs <= 0;
    if (isOver || (await this.reader.findAnswer({ requester, messageId, segment: request.segment })) !== undefined) {
      throw new DomainError('already-answered', 'The REQUEST has its answer already, or its time is over.', {
        pointer: '/header/correlationId',
      });
    }
    const [asked] = await this.reader.at(request.channel, request.lane, [request.position]);
    if (asked !== undefined && isMatchedRequest(asked)) await this.asked.requireTurn(sender, asked);
    const { action, object } =
      asked === undefined ? { action: undefined, object: undefined } : (JSON.parse(asked.envelope) as Envelope).data;
    if (action !== 'INVOKE' || object.id !== data.object.id) {
      throw new DomainError('state-conflict', 'Progress is told of an INVOKE, and names the function that was invoked.', {
        pointer: '/data/object/id',
      });
    }
    const id = asked?.connectionId ?? null;
    const connection = id === null ? undefined : await this.connections.find(parseConnectionId(id));
    if (connection?.state !== 'CONNECTED') {
      throw new DomainError('state-conflict', `The connection over which ${requester} asked is not CONNECTED.`, {
        pointer: '/header/correlationId',
      });
    }
    const retentionMs = Math.min(this.config.messageRetentionSeconds * 1_000, Math.ceil(leftMs));
    return { channel: requester, connectionId: connection.id, planVersion: connection.planVersion, retentionMs };
  }
}

function missing(pointer: string, what: string): DomainError {
  return new DomainError('validation-failed', `${pointer} is required: ${what}.`, {
    pointer,
    errors: [{ pointer, detail: 'is required' }],
  });
}
