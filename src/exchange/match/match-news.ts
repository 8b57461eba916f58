import { Injectable } from '@nestjs/common';

/** Tells the watch of this process that there is something to look at, so that nobody waits for its next turn. What is lost, the next turn finds. */
@Injectable()
export class MatchNews {
  private listener: (() => void) | undefined;

  /** Calls `listener` when there is news. */
  onNews(listener: () => void): void {
    this.listener = listener;
  }

  /** Something was answered, or died. */
  tell(): void {
    this.listener?.();
  }
}
