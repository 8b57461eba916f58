import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { TwinId } from '../../kernel/ids.js';
import type { DispatchCheck, Verdict, Verdicts } from '../dispatch/dispatch-check.js';
import type { SourcedRow } from '../inbox/delivery.js';
import { KIND_NUMBERS } from '../log/log-row.js';
import type { InboxSettings } from './inbox-settings.js';
import { InboxSettingsDirectory } from './inbox-settings-directory.js';

/** Passes what waited longer than the inbox lets anything wait; a REQUEST is a dead letter, so that it is answered at once. */
@Injectable()
export class AgeCheck implements DispatchCheck {
  constructor(
    private readonly settings: InboxSettingsDirectory,
    private readonly database: Database,
  ) {}

  judge(receiver: TwinId, rows: readonly SourcedRow[]): Promise<Verdicts | undefined> | Verdicts | undefined {
    const settings = this.settings.of(receiver);
    return settings instanceof Promise
      ? settings.then((loaded) => this.byAge(receiver, rows, loaded))
      : this.byAge(receiver, rows, settings);
  }

  private byAge(receiver: TwinId, rows: readonly SourcedRow[], { limits }: InboxSettings): Verdicts | undefined {
    if (limits.maxAgeSeconds === undefined) return undefined;
    const since = this.database.clock.now() - limits.maxAgeSeconds * 1_000;
    const verdicts = new Map<SourcedRow, Verdict>();
    for (const row of rows) {
      if (row.channel !== receiver || row.kind === KIND_NUMBERS.RESPONSE || row.acceptedAt.getTime() >= since) continue;
      verdicts.set(
        row,
        row.kind === KIND_NUMBERS.REQUEST ? { bury: 'overflow: it waited longer than the inbox lets anything wait' } : 'pass',
      );
    }
    return verdicts;
  }
}
