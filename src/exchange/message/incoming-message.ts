import { randomUUID } from 'node:crypto';
import { Ajv } from 'ajv';
import { InvalidId, parseUriId } from '../../kernel/ids.js';
import { jsonTextReader } from '../../kernel/json-text.js';
import { DomainError, type ProblemPlace } from '../../problems/domain-error.js';
import { readInstant } from '../../registry/instant.js';
import type { Action, ObjectType } from '../../vocabulary/codes.js';
import { MESSAGE_SCHEMA } from '../../vocabulary/envelope-schema.js';
import type { Envelope, MatchReceiver, MessageData, MessageHeader, Party } from '../../vocabulary/envelope.js';
import { isApplicable, messageTypeOf } from '../../vocabulary/matrix.js';
import { VOCABULARIES, vocabularyOf } from '../../vocabulary/vocabulary.js';
import { DEFAULT_HOP_LIMIT, MAX_MESSAGE_BYTES, MAX_MESSAGE_DEPTH } from './limits.js';
import { headPrint, wholePrint } from './message-print.js';

/** A message that is well formed and allowed by the vocabulary; whether it may be sent is not known yet. */
export interface IncomingMessage {
  envelope: Envelope;
  /** The payload's own text and its value; absent when the message has none. */
  payload?: { text: string; value: unknown };
  /** Who is to receive it, when the sender names no twin; the envelope has no receiver then. */
  match?: MatchReceiver;
  /** What a repeat is recognised by; see message-print.ts. */
  fingerprint: Buffer;
  /** Whether the sender chose the message id, so that a repeat can be recognised. */
  hasOwnId: boolean;
}

interface WireMessage {
  header: Omit<MessageHeader, 'messageId' | 'timestamp' | 'receiver'> & {
    messageId?: string;
    timestamp?: string;
    receiver?: Party | MatchReceiver;
  };
  data: Omit<MessageData, 'action' | 'object'> & {
    action: string;
    object: { type: string; id?: string; version?: string };
    payload?: unknown;
  };
}

const ajv = new Ajv({ allErrors: false, strict: false, ownProperties: true });
// Not what ajv-formats takes for a date-time: it lets leap seconds and the year 0 pass, which neither JavaScript nor PostgreSQL can place.
ajv.addFormat('date-time', { validate: (text: string) => readInstant(text) !== undefined });
const isWireMessage = ajv.compile<WireMessage>(MESSAGE_SCHEMA);
const read = jsonTextReader({ maxDepth: MAX_MESSAGE_DEPTH, spans: [['data', 'payload']], refuseNul: true });

function schemaProblem(): DomainError {
  const places: ProblemPlace[] = (isWireMessage.errors ?? [])
    .filter(({ keyword }) => keyword !== 'if')
    .map((error) => {
      const extra: unknown = error.params['additionalProperty'];
      const missing: unknown = error.params['missingProperty'];
      const member = typeof extra === 'string' ? extra : typeof missing === 'string' ? missing : undefined;
      const allowed: unknown = error.params['allowedValues'];
      const detail =
        typeof extra === 'string'
          ? 'is not a known member here'
          : typeof missing === 'string'
            ? 'is required'
            : Array.isArray(allowed)
              ? `must be one of ${allowed.join(', ')}`
              : (error.message ?? 'is not valid');
      return {
        pointer: member === undefined ? error.instancePath : `${error.instancePath}/${member.replaceAll('~', '~0').replaceAll('/', '~1')}`,
        detail,
      };
    });
  const first = places[0];
  return new DomainError(
    'validation-failed',
    `${first?.pointer === '' ? 'The message' : (first?.pointer ?? 'The message')} ${first?.detail ?? 'is not valid'}.`,
    {
      pointer: first?.pointer,
      errors: places,
    },
  );
}

function refuse(code: 'validation-failed' | 'action-not-applicable' | 'version-unsupported', pointer: string, detail: string): DomainError {
  return new DomainError(code, `${pointer} ${detail}.`, { pointer, errors: [{ pointer, detail }] });
}

function isMatch(receiver: Party | MatchReceiver | undefined): receiver is MatchReceiver {
  return receiver !== undefined && 'match' in receiver;
}

/** The receiver, if the sender names one. */
function namedReceiver({ receiver }: WireMessage['header']): Party | undefined {
  return isMatch(receiver) ? undefined : receiver;
}

function checkIds(header: WireMessage['header']): void {
  const ids: [string, string | undefined][] = [
    ['/header/sender/id', header.sender.id],
    ['/header/receiver/id', namedReceiver(header)?.id],
    ['/header/federationId', header.federationId],
    ['/header/connectionId', header.connectionId],
  ];
  for (const [pointer, id] of ids) {
    try {
      if (id !== undefined) parseUriId(id);
    } catch (error) {
      if (error instanceof InvalidId) throw new DomainError('invalid-id', `${pointer} ${error.detail}.`, { pointer });
      throw error;
    }
  }
}

function checkMeaning(message: WireMessage): { action: Action; type: ObjectType } {
  const { header, data } = message;
  const vocabulary = vocabularyOf(header.version);
  if (vocabulary === undefined) {
    const known = VOCABULARIES.map((each) => each.names.version).join(', ');
    throw refuse('version-unsupported', '/header/version', `is not a vocabulary version of this broker, which speaks ${known}`);
  }
  const action = vocabulary.action(data.action);
  if (action === undefined) throw refuse('action-not-applicable', '/data/action', `is not an action of vocabulary ${header.version}`);
  const type = vocabulary.objectType(data.object.type);
  if (type === undefined)
    throw refuse('action-not-applicable', '/data/object/type', `is not an object type of vocabulary ${header.version}`);
  const isResponse = header.messageType === 'RESPONSE';
  const receiverRole = namedReceiver(header)?.role ?? 'DT';
  const [from, to] = isResponse ? [receiverRole, header.sender.role] : [header.sender.role, receiverRole];
  if (!isApplicable(action, type, from, to)) {
    throw refuse(
      'action-not-applicable',
      '/data/action',
      `${action} cannot be performed on ${type} from ${from} to ${to}; see GET /v1/vocabulary`,
    );
  }
  if (!isResponse && header.messageType !== messageTypeOf(action)) {
    throw refuse('validation-failed', '/header/messageType', `must be ${messageTypeOf(action)} for ${action}`);
  }
  return { action, type };
}

function checkShape({ header, data }: WireMessage): void {
  const isResponse = header.messageType === 'RESPONSE';
  if (isResponse && header.correlationId === undefined)
    throw refuse('validation-failed', '/header/correlationId', 'is required in a RESPONSE');
  if (isResponse && data.status === undefined) throw refuse('validation-failed', '/data/status', 'is required in a RESPONSE');
  if (!isResponse && data.status !== undefined) throw refuse('validation-failed', '/data/status', 'may stand in a RESPONSE only');
  if (header.receiver === undefined && (isResponse || data.action !== 'NOTIFY')) {
    throw refuse('validation-failed', '/header/receiver', 'is required here; only a NOTIFY on a feature of one’s own goes without');
  }
  if (isResponse && isMatch(header.receiver)) {
    throw refuse('validation-failed', '/header/receiver', 'of a RESPONSE is the twin that asked');
  }
  if (header.replayOf !== undefined) throw refuse('validation-failed', '/header/replayOf', 'is written by the broker alone');
  if (data.payloadRef !== undefined && data.payload !== undefined) {
    throw refuse('validation-failed', '/data/payloadRef', 'stands instead of a payload, not beside it');
  }
  if (header.messageId !== undefined && header.timestamp === undefined) {
    throw refuse('validation-failed', '/header/timestamp', 'is required together with messageId, so that late repeats are recognised');
  }
  if (header.hopLimit === 0) throw new DomainError('hops-exceeded', 'The message has no hops left.', { pointer: '/header/hopLimit' });
}

/** Of a message without an id of its own, which is never recognised again. */
const NO_PRINT = Buffer.alloc(0);

function printOf(message: WireMessage, action: Action): Buffer {
  const { header, data } = message;
  if (header.messageId === undefined) return NO_PRINT;
  // What the broker carries out itself, or hands to several twins, it does not keep as it came.
  const isCarried = header.messageType !== 'REQUEST' || action === 'INVOKE' || (action === 'RETRIEVE' && data.object.type === 'data');
  return isCarried && !isMatch(header.receiver) ? headPrint(message) : wholePrint(message);
}

/** The header with what its sender left open. The object is the message's own: whoever wants it as it came has looked at it before. */
function completed(header: WireMessage['header']): MessageHeader {
  header.messageId ??= randomUUID();
  header.timestamp ??= new Date().toISOString();
  header.hopLimit ??= DEFAULT_HOP_LIMIT;
  header.lane ??= 'normal';
  if (isMatch(header.receiver)) delete header.receiver;
  return header as MessageHeader;
}

/** The data area without its payload, which is kept apart as text. */
function withoutPayload(data: WireMessage['data'], action: Action, type: ObjectType): MessageData {
  const { payload: _, ...rest } = data;
  rest.action = action;
  rest.object.type = type;
  return rest as MessageData;
}

/**
 * Reads one message strictly: JSON, envelope, vocabulary.
 * @throws DomainError, JsonTextError
 */
export function readMessage(text: string): IncomingMessage {
  // A code unit takes at most three bytes: most messages need no counting.
  if (text.length * 3 > MAX_MESSAGE_BYTES && Buffer.byteLength(text) > MAX_MESSAGE_BYTES) {
    throw new DomainError('payload-too-large', `A message may have at most ${MAX_MESSAGE_BYTES} bytes; send larger data by reference.`);
  }
  const { value, spans, isFinite } = read(text);
  if (!isWireMessage(value)) throw schemaProblem();
  checkIds(value.header);
  checkShape(value);
  const { action, type } = checkMeaning(value);
  if (!isFinite) throw new DomainError('malformed-message', 'The message holds a number beyond the range of a double.');
  const span = spans[0];
  const { receiver, messageId } = value.header;
  const print = printOf(value, action);
  return {
    envelope: { header: completed(value.header), data: withoutPayload(value.data, action, type) },
    payload: span === undefined ? undefined : { text: text.slice(span.start, span.end), value: value.data.payload },
    match: isMatch(receiver) ? receiver : undefined,
    fingerprint: print,
    hasOwnId: messageId !== undefined,
  };
}
