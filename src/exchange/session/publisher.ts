import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import type { DomainError } from '../../problems/domain-error.js';
import { problemDocument, toDomainError } from '../../problems/problem-document.js';
import type { Principal } from '../../security/principal.js';
import type { AcceptanceService } from '../message/acceptance.service.js';
import { MessageSequence } from '../message/message-sequence.js';
import { checkPublish } from './client-frame.js';
import type { Outbox } from './outbox.js';
import type { PublishBudget, Sender } from './publish-budget.js';
import { creditFrame, type PublishCredit, publishedFrame, unpublishedFrame } from './server-frame.js';
import { SessionEnd } from './session-end.js';
import { LONGEST_BREATH_MS, PUBLISH_WINDOW } from './session-limits.js';

interface Publication {
  n: number;
  message: string;
  /** Of the whole frame. */
  bytes: number;
}

/** What a publisher needs of its session. */
export interface PublisherSession {
  readonly principal: Principal;
  readonly outbox: Outbox;
  /** Left unread when the broker holds too much. */
  readonly sender: Sender;
  fail(error: unknown): void;
}

/**
 * Takes the messages of a session in. They are checked one after the other and handed to the log in the order they came; what is committed is told
 * when it is, so that commits overlap. The client may have {@link PublishCredit} unanswered, and gets back what was answered as soon as it reads.
 */
export class Publisher {
  private readonly queue: Publication[] = [];
  private pumping = false;
  /** What the client may still send. */
  private readonly allowed: PublishCredit = { ...PUBLISH_WINDOW };
  /** Answered and not yet granted anew. */
  private readonly answered: PublishCredit = { messages: 0, bytes: 0 };
  private granting = false;
  private readonly sequence: MessageSequence;

  constructor(
    private readonly session: PublisherSession,
    acceptance: AcceptanceService,
    private readonly budget: PublishBudget,
  ) {
    this.sequence = new MessageSequence(acceptance);
  }

  /** What a client is granted at the start. */
  static get window(): PublishCredit {
    return PUBLISH_WINDOW;
  }

  /** Takes a message. @throws SessionEnd `credit` when it was not granted */
  take(n: number, message: string, bytes: number): void {
    this.allowed.messages -= 1;
    this.allowed.bytes -= bytes;
    if (this.allowed.messages < 0) throw new SessionEnd('credit', 'more messages than granted');
    if (this.allowed.bytes < 0) throw new SessionEnd('credit', 'more bytes than granted');
    this.budget.take(this.session.sender, bytes);
    this.queue.push({ n, message, bytes });
    if (this.pumping) return;
    this.pumping = true;
    this.pump().catch((error: unknown) => this.session.fail(error));
  }

  /** What was not begun will not be; resolves when all that was begun is answered. */
  async close(): Promise<void> {
    for (const { bytes } of this.queue.splice(0)) this.budget.give(bytes);
    this.budget.forget(this.session.sender);
    await this.sequence.settled();
  }

  private async pump(): Promise<void> {
    let breath = performance.now();
    for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) {
      await this.begin(next);
      if (performance.now() - breath < LONGEST_BREATH_MS) continue;
      await setImmediate();
      breath = performance.now();
    }
    this.pumping = false;
  }

  private async begin(publication: Publication): Promise<void> {
    const { n, message } = publication;
    const { receipt } = await this.sequence.begin(this.session.principal, message);
    receipt
      .then(
        (accepted) => publishedFrame(n, accepted),
        (error: unknown) => this.refusal(publication, toDomainError(error)),
      )
      .then((frame) => this.answer(publication, frame))
      .catch((error: unknown) => this.session.fail(error));
  }

  /** @throws SessionEnd `protocol` when the frame was none */
  private refusal({ n, message, bytes }: Publication, error: DomainError): string {
    try {
      if (error.code === 'malformed-message') checkPublish(n, message);
    } catch (end) {
      this.budget.give(bytes);
      throw end;
    }
    return unpublishedFrame(n, problemDocument(error));
  }

  private answer({ bytes }: Publication, frame: string): void {
    this.session.outbox.send(frame);
    this.budget.give(bytes);
    this.answered.messages += 1;
    this.answered.bytes += bytes;
    const isDue = this.answered.messages >= PUBLISH_WINDOW.messages / 4 || this.answered.bytes >= PUBLISH_WINDOW.bytes / 4;
    if (!isDue || this.granting) return;
    this.granting = true;
    this.grant().catch((error: unknown) => this.session.fail(error));
  }

  /** A client that does not read its outcomes gets no more credit. */
  private async grant(): Promise<void> {
    await this.session.outbox.drained();
    this.granting = false;
    const { messages, bytes } = this.answered;
    this.answered.messages = 0;
    this.answered.bytes = 0;
    this.allowed.messages += messages;
    this.allowed.bytes += bytes;
    this.session.outbox.send(creditFrame({ messages, bytes }));
  }
}
