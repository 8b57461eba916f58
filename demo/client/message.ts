/** The parts of a Y.4605-style message that these twins use. `GET /v1/vocabulary` lists every action, object and direction. */

/** One end of a message. */
export interface Party {
  id: string;
  role: 'DT' | 'REGISTRY' | 'ADAPTOR';
}

/** What is acted on: a feature by its name, a federation, connection or twin by its URI. */
export interface MessageObject {
  type: string;
  id?: string;
}

/** Outcome in a RESPONSE. */
export interface MessageStatus {
  code: string;
  reason?: string;
}

/** A message as it lies in an inbox. */
export interface Message {
  header: {
    messageId: string;
    messageType: 'REQUEST' | 'RESPONSE' | 'NOTIFICATION';
    correlationId?: string;
    sender: Party;
    receiver?: Party;
    /** RFC 3339; when it was sent. */
    timestamp?: string;
  };
  data: {
    action: string;
    object: MessageObject;
    payload?: unknown;
    parameters?: Readonly<Record<string, unknown>>;
    status?: MessageStatus;
  };
}

/** A message in hand, with what the broker says about it. */
export interface Delivery {
  id: string;
  acceptedAt: string;
  /** Until when the sender of a REQUEST waits; absent when no answer is expected. */
  answerBy?: string;
  message: Message;
}

/** What a twin asks of another, of the registry or of the adaptor. */
export interface Question {
  to: Party;
  action: string;
  object: MessageObject;
  payload?: unknown;
  /** How long the answer may take, in milliseconds. */
  ttlMs?: number;
}

/** What came of a question. */
export interface Answer {
  code: string;
  reason?: string;
  payload: unknown;
}

export const REGISTRY: Party = { id: 'urn:twinfed:registry', role: 'REGISTRY' };
export const ADAPTOR: Party = { id: 'urn:twinfed:adaptor', role: 'ADAPTOR' };

/** Another twin as a party. */
export function twin(id: string): Party {
  return { id, role: 'DT' };
}
