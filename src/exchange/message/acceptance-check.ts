import type { TwinId } from '../../kernel/ids.js';
import type { Principal } from '../../security/principal.js';
import type { NewLogRow } from '../log/log-row.js';
import type { IncomingMessage } from './incoming-message.js';

/** A message that is placed and about to be appended. */
export interface AcceptanceCandidate {
  principal: Principal;
  sender: TwinId;
  message: IncomingMessage;
  row: NewLogRow;
}

/** One reason to refuse a message that is otherwise in order. Costs nothing for messages that do not concern it. */
export interface AcceptanceCheck {
  /** @throws DomainError why the message is refused */
  check(candidate: AcceptanceCandidate): Promise<void> | void;
}
