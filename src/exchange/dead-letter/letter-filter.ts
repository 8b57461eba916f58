import type { Lane, MessageType } from '../../vocabulary/codes.js';
import { KIND_NUMBERS, LANE_NUMBERS } from '../log/log-row.js';

/** Which messages are meant; what is absent does not restrict. Of a dead letter the times are those of its death, of a message those of its acceptance. */
export interface LetterFilter {
  /** Ids of dead letters. */
  ids?: string[];
  sender?: string;
  reason?: string;
  lane?: Lane;
  messageType?: MessageType;
  action?: string;
  objectType?: string;
  objectId?: string;
  /** From this moment on. */
  from?: Date;
  /** Before this moment. */
  to?: Date;
}

/** What a filter looks at. */
export interface Filterable {
  sender: string;
  lane: number;
  kind: number;
  action: string | null;
  objectType: string | null;
  objectId: string | null;
  at: Date;
}

/** Whether a message is meant; reasons are looked at in SQL alone, where dead letters are. */
export function isMeant(filter: LetterFilter, message: Filterable): boolean {
  return (
    (filter.sender === undefined || filter.sender === message.sender) &&
    (filter.lane === undefined || LANE_NUMBERS[filter.lane] === message.lane) &&
    (filter.messageType === undefined || KIND_NUMBERS[filter.messageType] === message.kind) &&
    (filter.action === undefined || filter.action === message.action) &&
    (filter.objectType === undefined || filter.objectType === message.objectType) &&
    (filter.objectId === undefined || filter.objectId === message.objectId) &&
    (filter.from === undefined || filter.from <= message.at) &&
    (filter.to === undefined || message.at < filter.to)
  );
}

/** Parameters of a filter in the order of {@link letterFilterSql}. */
export function filterParameters(filter: LetterFilter): unknown[] {
  return [
    filter.sender ?? null,
    filter.reason ?? null,
    filter.lane === undefined ? null : LANE_NUMBERS[filter.lane],
    filter.messageType === undefined ? null : KIND_NUMBERS[filter.messageType],
    filter.action ?? null,
    filter.objectType ?? null,
    filter.objectId ?? null,
    filter.from ?? null,
    filter.to ?? null,
    filter.ids ?? null,
  ];
}

/** Conditions on dead letters, their parameters beginning at `first`. */
export function letterFilterSql(first: number): string {
  const columns: readonly [string, string][] = [
    ['sender =', 'text'],
    ['reason_code =', 'text'],
    ['lane =', 'smallint'],
    ['kind =', 'smallint'],
    ['action =', 'text'],
    ['object_type =', 'text'],
    ['object_id =', 'text'],
    ['died_at >=', 'timestamptz'],
    ['died_at <', 'timestamptz'],
    ['position = ANY', 'bigint[]'],
  ];
  return columns.map(([test, type], index) => `($${first + index}::${type} IS NULL OR ${test} ($${first + index}))`).join(' AND ');
}
