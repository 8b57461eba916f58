import { Injectable } from '@nestjs/common';
import { PUBLISH_BUDGET_BYTES } from './session-limits.js';

/** Someone whose connection can be left unread for a while. */
export interface Sender {
  pause(): void;
  resume(): void;
}

/** What the sessions of this broker hold together of messages that are not answered yet. Beyond the budget, nothing is read from who sends more. */
@Injectable()
export class PublishBudget {
  private bytes = 0;
  private readonly paused = new Set<Sender>();

  /** Counts a message in. */
  take(sender: Sender, bytes: number): void {
    this.bytes += bytes;
    if (this.bytes <= PUBLISH_BUDGET_BYTES || this.paused.has(sender)) return;
    this.paused.add(sender);
    sender.pause();
  }

  /** Counts a message out. */
  give(bytes: number): void {
    this.bytes -= bytes;
    if (this.bytes > PUBLISH_BUDGET_BYTES / 2 || this.paused.size === 0) return;
    for (const sender of this.paused) sender.resume();
    this.paused.clear();
  }

  /** Forgets a sender that is gone; what it sent is counted out as it is answered. */
  forget(sender: Sender): void {
    this.paused.delete(sender);
  }
}
