import { Injectable } from '@nestjs/common';
import type { LogRow } from '../log/log-row.js';
import { Adaptations } from './adaptations.js';
import { type AdaptedMessage, unadaptable } from './adapted-message.js';

/** RESPONSEs for who reads them without a delivery: in the answer to the REQUEST itself, as a part of a whole, or when looked up. */
@Injectable()
export class AdaptedAnswers {
  constructor(private readonly adaptations: Adaptations) {}

  /** The RESPONSE as the twin that asked gets it. */
  async of(answer: LogRow): Promise<AdaptedMessage> {
    if (this.adaptations.isUntouched(answer)) return answer;
    const outcome = await this.adaptations.adapt(answer, answer.channel);
    if (outcome === 'unchanged') return answer;
    return 'adapted' in outcome ? outcome.adapted : unadaptable(outcome.envelope, outcome.failure);
  }
}
