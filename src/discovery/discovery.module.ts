import { Module } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module.js';
import { DictionaryModule } from '../dictionary/dictionary.module.js';
import { RegistryModule } from '../registry/registry.module.js';
import { SecurityModule } from '../security/security.module.js';
import { CompositionGraph } from './composition/composition-graph.js';
import { Expansion } from './composition/expansion.js';
import { DiscoveryController } from './discovery.controller.js';
import { DiscoveryService } from './discovery.service.js';
import { FoundTwinReader } from './found-twins.js';
import { QueryResolver } from './query/query-resolver.js';
import { CandidateSource } from './search/candidates.js';
import { DistancePages } from './search/distance-pages.js';
import { Facets } from './search/facets.js';
import { OrderedPages } from './search/ordered-pages.js';
import { QueryEngine } from './search/query-engine.js';
import { Ranking } from './search/ranking.js';
import { RelevancePages } from './search/relevance-pages.js';
import { StandingConsumer } from './standing/standing-consumer.js';
import { StandingEvaluator } from './standing/standing-evaluator.js';
import { StandingFeed } from './standing/standing-feed.js';
import { StandingNotifierPort } from './standing/standing-notifier.js';
import { StandingQueryController } from './standing/standing-query.controller.js';
import { StandingQueryRepository } from './standing/standing-query.repository.js';
import { StandingQueryService } from './standing/standing-query.service.js';
import { WhyNotController } from './why-not/why-not.controller.js';
import { WhyNotService } from './why-not/why-not.service.js';
// The entities register themselves with TypeORM by being imported.
import './standing/standing-query.entity.js';

/** DTD-FE: the read side over the registry. */
@Module({
  imports: [DatabaseModule, SecurityModule, DictionaryModule, RegistryModule],
  controllers: [DiscoveryController, WhyNotController, StandingQueryController],
  providers: [
    CandidateSource,
    CompositionGraph,
    DiscoveryService,
    DistancePages,
    Expansion,
    Facets,
    FoundTwinReader,
    OrderedPages,
    QueryEngine,
    QueryResolver,
    Ranking,
    RelevancePages,
    StandingConsumer,
    StandingEvaluator,
    StandingFeed,
    StandingNotifierPort,
    StandingQueryRepository,
    StandingQueryService,
    WhyNotService,
  ],
  exports: [DiscoveryService, QueryEngine, Ranking, StandingNotifierPort, StandingQueryService, WhyNotService],
})
export class DiscoveryModule {}
