import type { ReceivedDocument, WireNews } from '../../../src/adaptor/protocol/inbound-protocol.js';

/** Tells of what comes. */
export class Listener {
  readonly documents: ReceivedDocument[] = [];
  readonly news: WireNews[] = [];
  private readonly watchers = new Set<() => void>();

  received(document: ReceivedDocument): Promise<{ kind: 'taken'; messageId: string; repeated: boolean }> {
    this.documents.push(document);
    for (const look of [...this.watchers]) look();
    return Promise.resolve({ kind: 'taken', messageId: 'm', repeated: false });
  }

  changed(news: WireNews): void {
    this.news.push(news);
    for (const look of [...this.watchers]) look();
  }

  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        this.watchers.delete(look);
        resolve();
      };
      this.watchers.add(look);
      look();
    });
  }
}
