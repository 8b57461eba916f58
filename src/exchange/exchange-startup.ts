import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Config } from '../config/config.js';
import { SegmentKeeper } from '../database/segment-keeper.js';
import { StandingNotifierPort } from '../discovery/standing/standing-notifier.js';
import { PeerNotifierPort } from '../federation/peer-notifier.js';
import { TwinWiresPort } from '../federation/twin-wires.js';
import { TwinWireReader } from './binding/twin-wire-reader.js';
import { InboxPeerNotifier } from './hosted/inbox-peer-notifier.js';
import { StandingInboxNotifier } from './hosted/standing-inbox-notifier.js';
import { InboxStore } from './inbox/inbox.store.js';
import { MeasuredWires } from './outbound/measured-wires.js';
import { LastValueService } from './value/last-value.service.js';

const LOG_SEGMENTS = 24;
const ACCEPTANCE_SEGMENTS_PER_WINDOW = 2;
const INBOX_SEGMENTS = 2;

/** Puts the exchange's append-only tables into care before the first message, and tells federation and discovery how to reach an inbox, and what
 * wires there are. */
@Injectable()
export class ExchangeStartup implements OnModuleInit {
  constructor(
    private readonly segments: SegmentKeeper,
    private readonly values: LastValueService,
    private readonly inboxes: InboxStore,
    private readonly peers: PeerNotifierPort,
    private readonly notifier: InboxPeerNotifier,
    private readonly wires: TwinWiresPort,
    private readonly wireReader: TwinWireReader,
    private readonly measured: MeasuredWires,
    private readonly standing: StandingNotifierPort,
    private readonly standingNotifier: StandingInboxNotifier,
    private readonly config: Config,
  ) {}

  async onModuleInit(): Promise<void> {
    this.peers.bind(this.notifier);
    this.standing.bind(this.standingNotifier);
    this.wires.bind(this.measured.over(this.wireReader));
    const { messageRetentionSeconds: retention, idempotencyWindowSeconds: window } = this.config;
    await this.segments.keep({
      family: 'log',
      tables: ['message_log', 'withdrawal'].map((name) => ({ name, key: 'position' as const })),
      sequence: 'message_position',
      spanSeconds: retention / LOG_SEGMENTS,
      keepSeconds: retention,
      beforeDrop: (segment) => this.values.carryForward(segment),
    });
    await this.segments.keep({
      family: 'acceptance',
      tables: ['acceptance', 'answer', 'answer_taken', 'match_request', 'match_attempt', 'message_link'].map((name) => ({
        name,
        key: 'segment' as const,
      })),
      spanSeconds: window / ACCEPTANCE_SEGMENTS_PER_WINDOW,
      // The answer to a REQUEST may be due until the retention is over.
      keepSeconds: Math.max(window, retention) + 600,
    });
    await this.segments.keep({
      family: 'inbox',
      tables: [{ name: 'inbox_state', key: 'position' }],
      sequence: 'inbox_version',
      // States are the journal of deliveries, so they are kept as long as the messages; few segments, because each save looks into all of them.
      spanSeconds: retention / INBOX_SEGMENTS,
      keepSeconds: retention,
      beforeDrop: (segment) => this.inboxes.carryForward(segment),
    });
  }
}
