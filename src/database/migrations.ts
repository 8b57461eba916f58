import { CreateDatabase1763700000000 } from '../../migrations/1763700000000-create-database.js';
import { CreateSecurity1763700001000 } from '../../migrations/1763700001000-create-security.js';
import { CreateRegistry1763700002000 } from '../../migrations/1763700002000-create-registry.js';
import { CreateFederation1763700003000 } from '../../migrations/1763700003000-create-federation.js';
import { CreateExchange1763700004000 } from '../../migrations/1763700004000-create-exchange.js';
import { CreateDictionary1763800000000 } from '../../migrations/1763800000000-create-dictionary.js';
import { CreateSharedSchemas1763800001000 } from '../../migrations/1763800001000-create-shared-schemas.js';
import { ExtendRegistry1763800002000 } from '../../migrations/1763800002000-extend-registry.js';
import { ExtendLeases1763800003000 } from '../../migrations/1763800003000-extend-leases.js';
import { CreateAppliedSets1763800004000 } from '../../migrations/1763800004000-create-applied-sets.js';
import { CreateBulk1763800005000 } from '../../migrations/1763800005000-create-bulk.js';
import { CreateImports1763800006000 } from '../../migrations/1763800006000-create-imports.js';
import { CreateTwinSearch1763800007000 } from '../../migrations/1763800007000-create-twin-search.js';
import { CreateStandingQueries1763800008000 } from '../../migrations/1763800008000-create-standing-queries.js';
import { ExtendDomainEvents1763800009000 } from '../../migrations/1763800009000-extend-domain-events.js';
import { CreateComposition1763800010000 } from '../../migrations/1763800010000-create-composition.js';
import { CreateCandidateSets1763800011000 } from '../../migrations/1763800011000-create-candidate-sets.js';
import { ExtendMessageLog1763900000000 } from '../../migrations/1763900000000-extend-message-log.js';
import { AppendInOneCall1763901000000 } from '../../migrations/1763901000000-append-in-one-call.js';
import { CreateOpenStreams1763902000000 } from '../../migrations/1763902000000-create-open-streams.js';
import { CreateOutbound1763903000000 } from '../../migrations/1763903000000-create-outbound.js';
import { CreateWithdrawals1763904000000 } from '../../migrations/1763904000000-create-withdrawals.js';
import { CreateInboxSettings1763904001000 } from '../../migrations/1763904001000-create-inbox-settings.js';
import { ExtendDeadLetters1763905000000 } from '../../migrations/1763905000000-extend-dead-letters.js';
import { CreateMessageLinks1763905001000 } from '../../migrations/1763905001000-create-message-links.js';
import { CreateMatch1763906000000 } from '../../migrations/1763906000000-create-match.js';
import { AddSubscriptionTerms1763907000000 } from '../../migrations/1763907000000-add-subscription-terms.js';
import { CreateConnectionPlans1764002000000 } from '../../migrations/1764002000000-create-connection-plans.js';
import { AddFailedAdaptation1764002001000 } from '../../migrations/1764002001000-add-failed-adaptation.js';
import { CreateAdaptationProposals1764002002000 } from '../../migrations/1764002002000-create-adaptation-proposals.js';
import { CreateBindings1764003000000 } from '../../migrations/1764003000000-create-bindings.js';
import { CreateViews1764004000000 } from '../../migrations/1764004000000-create-views.js';
import { CreateNotificationAddresses1764005000000 } from '../../migrations/1764005000000-create-notification-addresses.js';
import { AddIdentifierVersion1764006000000 } from '../../migrations/1764006000000-add-identifier-version.js';
import { AddDeliveryFigures1764007000000 } from '../../migrations/1764007000000-add-delivery-figures.js';
import { AppendFromKnownLinks1764008000000 } from '../../migrations/1764008000000-append-from-known-links.js';
import { ReserveInbox1764009000000 } from '../../migrations/1764009000000-reserve-inbox.js';
import { SaveOneInbox1764010000000 } from '../../migrations/1764010000000-save-one-inbox.js';

/** Every migration in order, listed by hand so that the build and the tests see the same ones. */
export const MIGRATIONS = [
  CreateDatabase1763700000000,
  CreateSecurity1763700001000,
  CreateRegistry1763700002000,
  CreateFederation1763700003000,
  CreateExchange1763700004000,
  CreateDictionary1763800000000,
  CreateSharedSchemas1763800001000,
  ExtendRegistry1763800002000,
  ExtendLeases1763800003000,
  CreateAppliedSets1763800004000,
  CreateBulk1763800005000,
  CreateImports1763800006000,
  CreateTwinSearch1763800007000,
  CreateStandingQueries1763800008000,
  ExtendDomainEvents1763800009000,
  CreateComposition1763800010000,
  CreateCandidateSets1763800011000,
  ExtendMessageLog1763900000000,
  AppendInOneCall1763901000000,
  CreateOpenStreams1763902000000,
  CreateOutbound1763903000000,
  CreateWithdrawals1763904000000,
  CreateInboxSettings1763904001000,
  ExtendDeadLetters1763905000000,
  CreateMessageLinks1763905001000,
  CreateMatch1763906000000,
  AddSubscriptionTerms1763907000000,
  CreateConnectionPlans1764002000000,
  AddFailedAdaptation1764002001000,
  CreateAdaptationProposals1764002002000,
  CreateBindings1764003000000,
  CreateViews1764004000000,
  CreateNotificationAddresses1764005000000,
  AddIdentifierVersion1764006000000,
  AddDeliveryFigures1764007000000,
  AppendFromKnownLinks1764008000000,
  ReserveInbox1764009000000,
  SaveOneInbox1764010000000,
];
