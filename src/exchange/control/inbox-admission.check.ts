import { Injectable } from '@nestjs/common';
import { parseTwinId, type TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { isStream, KIND_NUMBERS, type NewLogRow } from '../log/log-row.js';
import type { AcceptanceCandidate, AcceptanceCheck } from '../message/acceptance-check.js';
import { InboxDepths } from './inbox-depths.js';
import { InboxFigures } from './inbox-figures.js';
import { draining } from './inbox-mode.js';
import { type InboxSettings, isLimited } from './inbox-settings.js';
import { InboxSettingsDirectory } from './inbox-settings-directory.js';

/** How far beyond its limit an inbox takes what may be coalesced: what is of one kind makes room for itself, what is not is bounded too. */
const COALESCING_SLACK = 2;

/**
 * Refuses messages to inboxes that are drained or full. Published messages concern no inbox, and a RESPONSE comes because its receiver asked: both pass.
 */
@Injectable()
export class InboxAdmissionCheck implements AcceptanceCheck {
  constructor(
    private readonly settings: InboxSettingsDirectory,
    private readonly depths: InboxDepths,
    private readonly figures: InboxFigures,
  ) {}

  /** @throws DomainError `inbox-draining`, `inbox-full` */
  check({ row }: AcceptanceCandidate): Promise<void> | void {
    if (row.kind === KIND_NUMBERS.RESPONSE || isStream(row.channel)) return undefined;
    const receiver = row.channel as TwinId;
    const settings = this.settings.of(receiver);
    if (!(settings instanceof Promise)) return this.admit(receiver, row, settings);
    return settings.then((loaded) => this.admit(parseTwinId(receiver), row, loaded));
  }

  private admit(receiver: TwinId, row: NewLogRow, settings: InboxSettings): Promise<void> | void {
    if (settings.mode === 'DRAINING') throw draining(receiver);
    if (isLimited(settings)) return this.measure(receiver, row, settings);
  }

  private async measure(receiver: TwinId, row: NewLogRow, settings: InboxSettings): Promise<void> {
    const { maxMessages = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY } = settings.limits;
    const depth = await this.depths.of(receiver, settings);
    const bytes = Buffer.byteLength(row.envelope) + Buffer.byteLength(row.payload ?? '');
    const slack = settings.overflow === 'coalesceLatest' && row.kind === KIND_NUMBERS.NOTIFICATION ? COALESCING_SLACK : 1;
    const isFull = depth.messages + 1 > maxMessages * slack || depth.bytes + bytes > maxBytes * slack;
    if (isFull && settings.overflow !== 'dropOldest') {
      this.figures.refused();
      throw new DomainError('inbox-full', `The inbox of ${receiver} holds as much as its owner lets it hold; send again later.`, {
        pointer: '/header/receiver/id',
        retryAfterSeconds: 1,
      });
    }
    depth.messages += 1;
    depth.bytes += bytes;
  }
}
