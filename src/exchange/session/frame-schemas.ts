import { RECEIPT_SCHEMA, DELIVERY, MESSAGE } from '../dto/wire-schemas.js';
import { MAX_CREDIT } from './session-limits.js';

/** Schemas of the frames of a session: what the broker checks, and what the AsyncAPI document shows. */
type Schema = Record<string, unknown>;

/** How a frame is described. */
export interface FrameDescription {
  summary: string;
  schema: Schema;
}

const INBOX: Schema = { type: 'string', minLength: 1, maxLength: 512, description: 'Id of the twin whose inbox it is.' };
const NUMBER: Schema = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
const DELIVERIES: Schema = {
  type: 'array',
  minItems: 1,
  maxItems: 1_000,
  items: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
  description: 'Numbers of deliveries.',
};
const UP_TO: Schema = { ...NUMBER, description: 'Every delivery of the inbox in this session up to and with this number.' };
const CREDIT: Schema = { type: 'integer', minimum: 0, maximum: MAX_CREDIT, description: 'How many more deliveries may come.' };
const PROBLEM: Schema = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'detail'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string' },
    detail: { type: 'string' },
    pointer: { type: 'string' },
  },
  description: 'As the REST operations answer it (RFC 9457).',
};
const EXPIRES_AT: Schema = { type: 'string', format: 'date-time', description: 'When the token expires, and the session with it.' };

function frame(op: string, summary: string, properties: Schema, required: string[], more: Schema = {}): FrameDescription {
  const schema = {
    type: 'object',
    required: ['op', ...required],
    properties: { op: { const: op }, ...properties },
    additionalProperties: false,
    ...more,
  };
  return { summary, schema };
}

const EITHER = { oneOf: [{ required: ['n'] }, { required: ['upTo'] }] };

/** What a client sends. */
export const CLIENT_FRAMES = {
  token: frame(
    'token',
    'The bearer token: within 5 seconds, from who sent none in the Authorization header; and whenever a new one takes its place.',
    { token: { type: 'string', minLength: 1, maxLength: 8_192 } },
    ['token'],
  ),
  publish: frame(
    'publish',
    'Send a message; `n` comes back with its outcome.',
    { n: { ...NUMBER, description: 'Chosen by the client.' }, message: MESSAGE },
    ['n', 'message'],
  ),
  receive: frame(
    'receive',
    'Read an inbox.',
    {
      inbox: INBOX,
      credit: CREDIT,
      consumer: { type: 'string', minLength: 1, maxLength: 128, description: 'As in a claim; absent: this session.' },
      holdSeconds: {
        type: 'integer',
        minimum: 1,
        maximum: 86_400,
        default: 1_800,
        description: 'What is not settled, given back or extended so long after it came goes to others.',
      },
    },
    ['inbox', 'credit'],
  ),
  credit: frame('credit', 'Let more deliveries come.', { inbox: INBOX, messages: { ...CREDIT, minimum: 1 } }, ['inbox', 'messages']),
  ack: frame(
    'ack',
    'Settle deliveries, one by one or all up to a number; `credit` lets more come.',
    { inbox: INBOX, n: DELIVERIES, upTo: UP_TO, credit: CREDIT },
    ['inbox'],
    EITHER,
  ),
  nack: frame(
    'nack',
    'Give deliveries back; later ones of the same key come back with them.',
    {
      inbox: INBOX,
      n: DELIVERIES,
      delayMs: { type: 'integer', minimum: 0, maximum: 86_400_000 },
      reason: { type: 'string', maxLength: 500 },
    },
    ['inbox', 'n'],
  ),
  extend: frame('extend', 'Begin `holdSeconds` anew for deliveries.', { inbox: INBOX, n: DELIVERIES, upTo: UP_TO }, ['inbox'], EITHER),
  stop: frame('stop', 'Read the inbox no more; what is not settled is given back.', { inbox: INBOX }, ['inbox']),
  ping: frame('ping', 'Ask for a `pong`.', { n: NUMBER }, []),
} as const satisfies Record<string, FrameDescription>;

/** What the broker sends. */
export const SERVER_FRAMES = {
  welcome: frame(
    'welcome',
    'The first frame: the token is good. Publish credit as `credit` gives it.',
    { session: { type: 'string' }, expiresAt: EXPIRES_AT, messages: NUMBER, bytes: NUMBER, maxFrameBytes: NUMBER },
    ['session', 'expiresAt', 'messages', 'bytes', 'maxFrameBytes'],
  ),
  token: frame(
    'token',
    'The new token is in force; or it is not, and the one before stays.',
    { expiresAt: EXPIRES_AT, problem: PROBLEM },
    [],
  ),
  credit: frame('credit', 'So many more messages, and bytes of `publish` frames, may be sent.', { messages: NUMBER, bytes: NUMBER }, [
    'messages',
    'bytes',
  ]),
  published: frame(
    'published',
    'The outcome of a message: stored durably, or refused. Outcomes may come in another order than their messages.',
    { n: NUMBER, receipt: RECEIPT_SCHEMA, problem: PROBLEM },
    ['n'],
    { oneOf: [{ required: ['receipt'] }, { required: ['problem'] }] },
  ),
  receiving: frame('receiving', 'The inbox is read from now on.', { inbox: INBOX }, ['inbox']),
  delivery: {
    summary: 'A message from an inbox. `n` counts from 1 for each inbox of the session.',
    schema: {
      allOf: [
        {
          type: 'object',
          required: ['op', 'inbox', 'n', 'leaseToken'],
          properties: { op: { const: 'delivery' }, inbox: INBOX, n: NUMBER, leaseToken: { type: 'string' } },
        },
        DELIVERY,
      ],
    },
  },
  settled: frame('settled', 'All up to this number is settled durably, given back or lost.', { inbox: INBOX, upTo: NUMBER }, [
    'inbox',
    'upTo',
  ]),
  lost: frame(
    'lost',
    'These deliveries are not in hand any more and come again, here or elsewhere: taken back with their key, or held too long.',
    { inbox: INBOX, n: { type: 'array', items: NUMBER } },
    ['inbox', 'n'],
  ),
  ended: frame('ended', 'The inbox is read no more: `stop` was sent, or with `problem` why not.', { inbox: INBOX, problem: PROBLEM }, [
    'inbox',
  ]),
  pong: frame('pong', 'Answer to `ping`.', { n: NUMBER }, []),
} as const satisfies Record<string, FrameDescription>;
