import { LANES, MESSAGE_TYPES } from '../../vocabulary/codes.js';
import { spliceMessage } from '../../vocabulary/envelope.js';
import { KIND_NUMBERS } from '../log/log-row.js';
import type { DeadLetter, DeadLetterPage } from './dead-letter.service.js';

/** A dead letter as JSON text; the message's own text is spliced in untouched. */
export function deadLetterText(letter: DeadLetter, history?: readonly object[]): string {
  const { position, sender, messageId, reasonCode, reason, attempts, diedAt, acceptedAt, replayedAt, lane, kind } = letter;
  const head = JSON.stringify({
    id: position,
    sender,
    messageId,
    messageType: MESSAGE_TYPES.find((type) => KIND_NUMBERS[type] === kind),
    lane: LANES[lane] ?? 'normal',
    reasonCode,
    reason,
    attempts,
    ...(acceptedAt === null ? {} : { acceptedAt }),
    diedAt,
    ...(replayedAt === null ? {} : { replayedAt }),
    ...(letter.adaptation === null ? {} : { adaptation: JSON.parse(letter.adaptation) as unknown }),
    ...(history === undefined ? {} : { history }),
  });
  return `${head.slice(0, -1)},"message":${spliceMessage(letter.envelope, letter.payload)}}`;
}

/** A page of dead letters as JSON text. */
export function deadLetterPageText({ items, next, lost }: DeadLetterPage, history?: readonly object[]): string {
  const rest = JSON.stringify({ ...(next === undefined ? {} : { next }), ...(lost === undefined ? {} : { lost }) }).slice(1);
  return `{"items":[${items.map((letter) => deadLetterText(letter, history)).join(',')}]${rest === '}' ? '' : ','}${rest}`;
}
