import { Ajv, type ValidateFunction } from 'ajv';
import { jsonObjectMembers } from '../../kernel/json-object-members.js';
import { JsonTextError, jsonTextReader } from '../../kernel/json-text.js';
import { CLIENT_FRAMES } from './frame-schemas.js';
import { SessionEnd } from './session-end.js';

/** Which deliveries of an inbox: by number, or all up to one. */
export interface Chosen {
  n?: number[];
  upTo?: number;
}

/** A frame of a client, once it is found to be one. The message of a `publish` is still to be read. */
export type ClientFrame =
  | { op: 'token'; token: string }
  | { op: 'publish'; n: number; message: string }
  | { op: 'receive'; inbox: string; credit: number; consumer?: string; holdSeconds?: number }
  | { op: 'credit'; inbox: string; messages: number }
  | ({ op: 'ack'; inbox: string; credit?: number } & Chosen)
  | { op: 'nack'; inbox: string; n: number[]; delayMs?: number; reason?: string }
  | ({ op: 'extend'; inbox: string } & Chosen)
  | { op: 'stop'; inbox: string }
  | { op: 'ping'; n?: number };

type Op = ClientFrame['op'];

const ajv = new Ajv({ strict: false, ownProperties: true });
const CHECKS = new Map<string, ValidateFunction>(
  (Object.keys(CLIENT_FRAMES) as Op[]).filter((op) => op !== 'publish').map((op) => [op, ajv.compile(CLIENT_FRAMES[op].schema)]),
);
const readJson = jsonTextReader({ maxDepth: 4 });
const PUBLISH = '"publish"';
const PUBLISH_HEAD = '{"op":"publish","n":';
const MESSAGE_HEAD = ',"message":';
const MOST_DIGITS = 15;
const ZERO = 0x30;
const CLOSE_BRACE = 0x7d;

/**
 * Reads one frame. What a `publish` carries is not read here: a bad message is refused by itself.
 * @throws SessionEnd `protocol` for what is no frame
 */
export function readClientFrame(text: string): ClientFrame {
  return usualPublish(text) ?? readAnyFrame(text);
}

function readAnyFrame(text: string): ClientFrame {
  try {
    return publishFrame(text) ?? otherFrame(readJson(text).value);
  } catch (error) {
    if (error instanceof JsonTextError) throw outOfProtocol(error.message);
    throw error;
  }
}

/**
 * A `publish` as most clients write it, found without a look at the message, whose reader refuses whatever follows it. What it then refuses as no JSON is to
 * be looked at as a whole; see {@link checkPublish}.
 */
function usualPublish(text: string): ClientFrame | undefined {
  if (!text.startsWith(PUBLISH_HEAD) || text.charCodeAt(text.length - 1) !== CLOSE_BRACE) return undefined;
  let at = PUBLISH_HEAD.length;
  let n = 0;
  for (let digit = text.charCodeAt(at) - ZERO; digit >= 0 && digit <= 9; digit = text.charCodeAt(at) - ZERO) {
    n = 10 * n + digit;
    at += 1;
  }
  const digits = at - PUBLISH_HEAD.length;
  if (digits === 0 || digits > MOST_DIGITS || !text.startsWith(MESSAGE_HEAD, at)) return undefined;
  return { op: 'publish', n, message: text.slice(at + MESSAGE_HEAD.length, -1) };
}

/**
 * Whether a `publish` whose message is no JSON is a frame all the same: then the message alone is to blame.
 * @throws SessionEnd `protocol` when it is not
 */
export function checkPublish(n: number, message: string): void {
  readAnyFrame(`${PUBLISH_HEAD}${n}${MESSAGE_HEAD}${message}}`);
}

function publishFrame(text: string): ClientFrame | undefined {
  const members = jsonObjectMembers(text);
  const find = (key: string): string | undefined => {
    const member = members.find((each) => each.key === key);
    return member && text.slice(member.start, member.end);
  };
  if (find('op') !== PUBLISH) return undefined;
  const n = find('n');
  const message = find('message');
  if (n === undefined || message === undefined || members.length !== 3) throw outOfProtocol('publish has n and message, and nothing else');
  const number = /^\d{1,16}$/.test(n) ? Number(n) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw outOfProtocol('n must be an integer from 0 to 2^53 - 1');
  return { op: 'publish', n: number, message };
}

function otherFrame(value: unknown): ClientFrame {
  const op = (value as Partial<Record<string, unknown>>)['op'];
  const check = typeof op === 'string' ? CHECKS.get(op) : undefined;
  if (check === undefined) throw outOfProtocol('op is none that a client sends');
  if (!check(value)) {
    const error = check.errors?.[0];
    throw outOfProtocol(`${String(op)}${error?.instancePath ?? ''} ${error?.message ?? 'is not valid'}`);
  }
  return value as ClientFrame;
}

function outOfProtocol(reason: string): SessionEnd {
  return new SessionEnd('protocol', reason);
}
