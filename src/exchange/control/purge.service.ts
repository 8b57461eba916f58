import { Injectable } from '@nestjs/common';
import { UnitOfWork } from '../../database/unit-of-work.js';
import type { TwinId } from '../../kernel/ids.js';
import type { Principal } from '../../security/principal.js';
import { Inboxes } from '../inbox/inboxes.js';
import { SourceDirectory } from '../inbox/source-directory.js';
import { LogReader } from '../log/log-reader.js';
import type { Position } from '../log/log-row.js';
import { SenderAuthority } from '../message/sender-authority.js';
import { Discards, withoutPending } from './discards.js';
import { InboxFigures } from './inbox-figures.js';
import { InboxSettingsService } from './inbox-settings.service.js';
import { Pending } from './pending.js';

/** What a purge counts up to; beyond it `atLeast` says so. */
const COUNTED = 1_000_000;

/** How many messages a purge discarded; streams that the inbox reads are passed over without being counted. */
export interface Purged {
  discarded: number;
  /** Whether there were more than could be counted. */
  atLeast: boolean;
}

/** Discards what waits. */
@Injectable()
export class PurgeService {
  constructor(
    private readonly authority: SenderAuthority,
    private readonly inboxes: Inboxes,
    private readonly sources: SourceDirectory,
    private readonly reader: LogReader,
    private readonly pending: Pending,
    private readonly discards: Discards,
    private readonly settings: InboxSettingsService,
    private readonly figures: InboxFigures,
    private readonly uow: UnitOfWork,
  ) {}

  /**
   * Settles everything that waits now as discarded, also what was given back; what is leased stays. REQUESTs are answered PEER_UNREACHABLE.
   * @throws DomainError `not-found`, `forbidden`
   */
  async purge(principal: Principal, receiver: TwinId): Promise<Purged> {
    await this.authority.requireOwner(principal, receiver);
    const sources = await this.sources.of(receiver);
    const cuts = new Map<string, Position>();
    for (const { key, channel, lane } of sources) {
      const newest = await this.reader.newest(channel, lane);
      if (newest !== undefined) cuts.set(key, newest.position);
    }
    const { before, discarded } = await this.inboxes.change(receiver, async (state) => {
      const next = withoutPending(state, cuts, true);
      const [had, has] = await Promise.all([state, next].map(async (each) => this.count(receiver, each)));
      return { state: next, result: { before: state, discarded: Math.max((had ?? 0) - (has ?? 0), 0) } };
    });
    this.figures.passed('purged', discarded);
    await this.uow.run((tx) => {
      this.settings.tell(tx, principal, receiver, 'purge', { discarded });
      return Promise.resolve();
    });
    await this.discards.answer(receiver, before, cuts, 'The owner of the receiver discarded what waited in its inbox.', true);
    return { discarded, atLeast: discarded >= COUNTED };
  }

  private async count(receiver: TwinId, state: Parameters<Pending['measure']>[1]): Promise<number> {
    return (await this.pending.measure(receiver, state, COUNTED)).reduce((sum, { messages }) => sum + messages, 0);
  }
}
