import type { Provider } from '@nestjs/common';
import { Adaptor } from '../../adaptor/adaptor.js';
import { AdaptationRequests } from '../hosted/adaptation-requests.js';
import { AdaptationCheck } from './adaptation.check.js';
import { Adaptations } from './adaptations.js';
import { AdaptedAnswers } from './adapted-answers.js';
import { FLOW_COMPILER } from '../../adaptor/plan/flow-compiler.js';
import { PayloadDecoder } from './payload-decoder.js';
import { TypingSchemas } from './typing-schemas.js';

/** What adapts messages on their way. */
export const ADAPTATION_PROVIDERS: readonly Provider[] = [
  AdaptationCheck,
  AdaptationRequests,
  Adaptations,
  AdaptedAnswers,
  PayloadDecoder,
  TypingSchemas,
  { provide: FLOW_COMPILER, useExisting: Adaptor },
];

/** Of them, what others may use who read values for a twin. */
export const ADAPTATION_EXPORTS = [Adaptations, PayloadDecoder, TypingSchemas];
