import { Injectable } from '@nestjs/common';
import type { InboxState } from '../../inbox/inbox-state.js';
import type { Source } from '../../inbox/source.js';
import { LogReader } from '../../log/log-reader.js';
import { Backlogs } from './backlog.js';
import { FilterCheck } from './filter-check.js';
import { RowDocuments } from './row-documents.js';
import { TermsRun } from './terms-run.js';

/** Applies the terms of subscriptions when an inbox is claimed from. */
@Injectable()
export class TermsKeeper {
  constructor(
    private readonly documents: RowDocuments,
    private readonly filters: FilterCheck,
    private readonly backlogs: Backlogs,
    private readonly reader: LogReader,
  ) {}

  /** One claim's look at the terms; undefined when no source has any, so that it costs nothing. `now`: epoch ms by the database's clock. */
  begin(sources: readonly Source[], state: InboxState, now: number): TermsRun | undefined {
    if (state.told === undefined && sources.every(({ terms }) => terms === undefined)) return undefined;
    return new TermsRun(
      { documents: this.documents, filters: this.filters, backlogs: this.backlogs, reader: this.reader },
      sources,
      state,
      now,
    );
  }
}
