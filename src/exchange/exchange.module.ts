import { Module } from '@nestjs/common';
import { AdaptorModule } from '../adaptor/adaptor.module.js';
import { DatabaseModule } from '../database/database.module.js';
import { DictionaryModule } from '../dictionary/dictionary.module.js';
import { DiscoveryModule } from '../discovery/discovery.module.js';
import { FederationModule } from '../federation/federation.module.js';
import { RegistryModule } from '../registry/registry.module.js';
import { SecurityModule } from '../security/security.module.js';
import { ADAPTATION_EXPORTS, ADAPTATION_PROVIDERS } from './adaptation/adaptation.providers.js';
import { BindingMetrics } from './binding/binding-metrics.js';
import { BINDING_CONTROLLERS, BINDING_PROVIDERS } from './binding/binding.providers.js';
import { DeadLetterController } from './dead-letter/dead-letter.controller.js';
import { DeadLetterService } from './dead-letter/dead-letter.service.js';
import { DeadLetterSweep } from './dead-letter/dead-letter-sweep.js';
import { Undertaker } from './dead-letter/undertaker.js';
import { ExchangeStartup } from './exchange-startup.js';
import { DeliveryJournal } from './history/delivery-journal.js';
import { HistoryController } from './history/history.controller.js';
import { MessageFinder } from './history/message-finder.js';
import { MessageHistoryService } from './history/message-history.service.js';
import { MessageLinks } from './history/message-links.js';
import { MessageTreeService } from './history/message-tree.service.js';
import { DictionaryRequests } from './hosted/dictionary-requests.js';
import { HostedRequests } from './hosted/hosted-requests.service.js';
import { InboxPeerNotifier } from './hosted/inbox-peer-notifier.js';
import { OrchestrationRequests } from './hosted/orchestration-requests.js';
import { StandingInboxNotifier } from './hosted/standing-inbox-notifier.js';
import { RegistryRequests } from './hosted/registry-requests.js';
import { SpokenTransactions } from './hosted/spoken-transactions.js';
import { SubscriptionRequests } from './hosted/subscription-requests.js';
import { ClaimService } from './inbox/claim.service.js';
import { ConnectionCheck } from './dispatch/connection-check.js';
import { DispatchChecks } from './dispatch/dispatch-checks.js';
import { DispatchGate } from './dispatch/dispatch-gate.js';
import { SettledCheck } from './dispatch/settled-check.js';
import { AgeCheck } from './control/age.check.js';
import { BacklogService } from './control/backlog.service.js';
import { Discards } from './control/discards.js';
import { ExpiryLetters } from './control/expiry-letters.js';
import { ReceiverLetters } from './control/receiver-letters.js';
import { InboxAdmissionCheck } from './control/inbox-admission.check.js';
import { InboxControlController } from './control/inbox-control.controller.js';
import { InboxDepths } from './control/inbox-depths.js';
import { InboxFigures } from './control/inbox-figures.js';
import { InboxObserverController } from './control/inbox-observer.controller.js';
import { InboxObservers } from './control/inbox-observers.js';
import { InboxOverflow } from './control/inbox-overflow.js';
import { InboxSettingsDirectory } from './control/inbox-settings-directory.js';
import { InboxSettingsRepository } from './control/inbox-settings.repository.js';
import { InboxSettingsService } from './control/inbox-settings.service.js';
import { IncidentQuota } from './lane/incident-quota.js';
import { IncidentRightController } from './lane/incident-right.controller.js';
import { IncidentRightService } from './lane/incident-right.service.js';
import { LaneCheck } from './lane/lane.check.js';
import { Pending } from './control/pending.js';
import { PurgeService } from './control/purge.service.js';
import { NotBeforeCheck } from './control/not-before.check.js';
import { WithdrawalCheck } from './control/withdrawal.check.js';
import { WithdrawalController } from './control/withdrawal.controller.js';
import { WithdrawalService } from './control/withdrawal.service.js';
import { Withdrawals } from './control/withdrawals.js';
import { InboxController } from './inbox/inbox.controller.js';
import { InboxProbe } from './inbox/inbox-probe.js';
import { InboxService } from './inbox/inbox.service.js';
import { InboxStore } from './inbox/inbox.store.js';
import { InboxStream } from './inbox/inbox-stream.js';
import { InboxStreamController } from './inbox/inbox-stream.controller.js';
import { Inboxes } from './inbox/inboxes.js';
import { SourceDirectory } from './inbox/source-directory.js';
import { LogMetrics } from './log/log-metrics.js';
import { LogReader } from './log/log-reader.js';
import { LogTail } from './log/log-tail.js';
import { LogWriter } from './log/log-writer.js';
import { StreamReader } from './log/stream-reader.js';
import { TransactionLog } from './log/transaction-log.js';
import { Wakeups } from './log/wakeups.js';
import { AggregateAnswer } from './match/aggregate-answer.js';
import { AskedTwins } from './match/asked-twins.js';
import { DryRunService } from './match/dry-run.service.js';
import { Fallback } from './match/fallback.js';
import { InboxLoad } from './match/inbox-load.js';
import { MatchAcceptance } from './match/match-acceptance.js';
import { MatchDeaths } from './match/match-deaths.js';
import { MatchHistory } from './match/match-history.js';
import { MatchNews } from './match/match-news.js';
import { MatchResolver } from './match/match-resolver.js';
import { MatchStore } from './match/match.store.js';
import { MatchWatch } from './match/match-watch.js';
import { NearMisses } from './match/near-misses.js';
import { Peers } from './match/peers.js';
import { TurnCheck } from './match/turn-check.js';
import { AcceptanceChecks } from './message/acceptance-checks.js';
import { AcceptanceService } from './message/acceptance.service.js';
import { FeatureValidation } from './message/feature-validation.js';
import { MessageController } from './message/message.controller.js';
import { MessageLinesService } from './message/message-lines.service.js';
import { MessageIntakeService } from './message/message-intake.service.js';
import { PeerRouting } from './message/peer-routing.js';
import { ProgressRouting } from './message/progress-routing.js';
import { Repeats } from './message/repeats.js';
import { SenderAuthority } from './message/sender-authority.js';
import { DeliveryCredentialController } from './outbound/delivery-credential.controller.js';
import { DeliveryKeyController } from './outbound/delivery-key.controller.js';
import { DeliveryModeController } from './outbound/delivery-mode.controller.js';
import { OutboundMetrics } from './outbound/outbound-metrics.js';
import { OUTBOUND_PROVIDERS } from './outbound/outbound.providers.js';
import { Redeliveries } from './replay/redelivery.js';
import { ReplayController } from './replay/replay.controller.js';
import { ReplayRepository } from './replay/replay.repository.js';
import { ReplayRunner } from './replay/replay-runner.js';
import { ReplayService } from './replay/replay.service.js';
import { ReplaySources } from './replay/replay-source.js';
import { AnswerWait } from './request/answer-wait.js';
import { BrokerAnswers } from './request/broker-answers.js';
import { DeadlineWatch } from './request/deadline-watch.js';
import { ResponseAcceptance } from './request/response-acceptance.js';
import { PublishBudget } from './session/publish-budget.js';
import { SessionController } from './session/session.controller.js';
import { SessionGateway } from './session/session-gateway.js';
import { RegistrySubscriptions } from './subscription/registry-subscriptions.js';
import { StatusProjector } from './subscription/status-projector.js';
import { SubscriptionController } from './subscription/subscription.controller.js';
import { SubscriptionDependents } from './subscription/subscription-dependents.js';
import { SubscriptionRepository } from './subscription/subscription.repository.js';
import { SubscriptionService } from './subscription/subscription.service.js';
import { Backlogs } from './subscription/terms/backlog.js';
import { FilterCheck } from './subscription/terms/filter-check.js';
import { RowDocuments } from './subscription/terms/row-documents.js';
import { TermsKeeper } from './subscription/terms/terms-keeper.js';
import { LastValueService } from './value/last-value.service.js';
import { PublishService } from './value/publish.service.js';
import { ValueController } from './value/value.controller.js';
import { VocabularyController } from './vocabulary.controller.js';

/**
 * The information exchange (Y.4605-style): messages accepted durably, delivered in order, answered once. The order of the controllers is that of the
 * OpenAPI document, whose examples are run in it.
 */
@Module({
  imports: [AdaptorModule, DatabaseModule, SecurityModule, DictionaryModule, RegistryModule, DiscoveryModule, FederationModule],
  controllers: [
    VocabularyController,
    MessageController,
    ValueController,
    InboxController,
    InboxStreamController,
    DeliveryModeController,
    ...BINDING_CONTROLLERS,
    DeliveryCredentialController,
    DeliveryKeyController,
    SessionController,
    DeadLetterController,
    ReplayController,
    InboxControlController,
    InboxObserverController,
    HistoryController,
    SubscriptionController,
    WithdrawalController,
    IncidentRightController,
  ],
  providers: [
    ...BINDING_PROVIDERS,
    AcceptanceChecks,
    AcceptanceService,
    ...ADAPTATION_PROVIDERS,
    AgeCheck,
    AggregateAnswer,
    AnswerWait,
    AskedTwins,
    BacklogService,
    Backlogs,
    BrokerAnswers,
    ClaimService,
    ConnectionCheck,
    DeadLetterService,
    DeadLetterSweep,
    DeadlineWatch,
    DeliveryJournal,
    DictionaryRequests,
    Discards,
    DispatchChecks,
    DispatchGate,
    DryRunService,
    ExchangeStartup,
    ExpiryLetters,
    Fallback,
    FeatureValidation,
    FilterCheck,
    HostedRequests,
    InboxAdmissionCheck,
    InboxDepths,
    InboxFigures,
    InboxLoad,
    InboxObservers,
    InboxOverflow,
    InboxPeerNotifier,
    InboxProbe,
    InboxService,
    InboxSettingsDirectory,
    InboxSettingsRepository,
    InboxSettingsService,
    InboxStore,
    InboxStream,
    Inboxes,
    IncidentQuota,
    IncidentRightService,
    LaneCheck,
    LastValueService,
    LogMetrics,
    LogReader,
    LogTail,
    LogWriter,
    MatchAcceptance,
    MatchDeaths,
    MatchHistory,
    MatchNews,
    MatchResolver,
    MatchStore,
    MatchWatch,
    MessageFinder,
    MessageHistoryService,
    MessageIntakeService,
    MessageLinesService,
    MessageLinks,
    MessageTreeService,
    NearMisses,
    NotBeforeCheck,
    OrchestrationRequests,
    ...OUTBOUND_PROVIDERS,
    PeerRouting,
    Peers,
    Pending,
    ProgressRouting,
    PublishBudget,
    PublishService,
    PurgeService,
    ReceiverLetters,
    Redeliveries,
    RegistryRequests,
    RegistrySubscriptions,
    ReplayRepository,
    ReplayRunner,
    ReplayService,
    ReplaySources,
    ResponseAcceptance,
    RowDocuments,
    Repeats,
    SenderAuthority,
    SessionGateway,
    SettledCheck,
    SourceDirectory,
    SpokenTransactions,
    StandingInboxNotifier,
    StatusProjector,
    StreamReader,
    SubscriptionDependents,
    SubscriptionRepository,
    SubscriptionRequests,
    SubscriptionService,
    TermsKeeper,
    TransactionLog,
    TurnCheck,
    Undertaker,
    Wakeups,
    WithdrawalCheck,
    WithdrawalService,
    Withdrawals,
  ],
  exports: [...ADAPTATION_EXPORTS, BindingMetrics, InboxFigures, InboxProbe, LogMetrics, OutboundMetrics, StreamReader, TransactionLog],
})
export class ExchangeModule {}
