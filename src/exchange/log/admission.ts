import { DomainError } from '../../problems/domain-error.js';

/** How much may wait for its commit: altogether, and of one sender. */
export interface AdmissionLimits {
  messages: number;
  bytes: number;
  senderMessages: number;
  senderBytes: number;
}

interface Load {
  messages: number;
  bytes: number;
}

interface Waiting {
  sender: string;
  resolve: () => void;
}

const RETRY_AFTER_SECONDS = 1;
/** Whoever waits for room is called when half of the bound is free, so that it does not come back for every message. */
const ROOM_SHARE = 0.5;

/** Bounds what waits for its commit, in messages and bytes. A sender that fills its own share leaves the others theirs. */
export class Admission {
  private readonly total: Load = { messages: 0, bytes: 0 };
  private readonly loads = new Map<string, Load>();
  private waiting: Waiting[] = [];

  constructor(private readonly limits: AdmissionLimits) {}

  /** Messages that wait. */
  get messages(): number {
    return this.total.messages;
  }

  /** Takes a message in. @throws DomainError `rate-limited` when its sender, or all together, have too much waiting */
  enter(sender: string, bytes: number): void {
    const load = this.loads.get(sender) ?? { messages: 0, bytes: 0 };
    const { limits, total } = this;
    if (load.messages >= limits.senderMessages || load.bytes + bytes > limits.senderBytes)
      throw tooMuch('This sender has more messages waiting for their commit than one may have; send again shortly.');
    if (total.messages >= limits.messages || total.bytes + bytes > limits.bytes)
      throw tooMuch('The broker has more messages waiting than it may hold; send again shortly.');
    this.loads.set(sender, load);
    for (const each of [load, total]) {
      each.messages += 1;
      each.bytes += bytes;
    }
  }

  /** Lets a message go, whatever became of it. */
  leave(sender: string, bytes: number): void {
    const load = this.loads.get(sender);
    if (load === undefined) return;
    for (const each of [load, this.total]) {
      each.messages -= 1;
      each.bytes -= bytes;
    }
    if (load.messages === 0) this.loads.delete(sender);
  }

  /** Calls those who wait for room and now have it. */
  callWaiting(): void {
    if (this.waiting.length === 0) return;
    const called = this.waiting.filter(({ sender }) => this.hasRoom(sender));
    if (called.length === 0) return;
    this.waiting = this.waiting.filter((each) => !called.includes(each));
    for (const { resolve } of called) resolve();
  }

  /** Resolves when there is room for more of this sender's messages. Another may take it first: then {@link enter} refuses, and one waits again. */
  room(sender: string): Promise<void> {
    if (this.hasRoom(sender)) return Promise.resolve();
    return new Promise((resolve) => {
      this.waiting.push({ sender, resolve });
    });
  }

  private hasRoom(sender: string): boolean {
    const load = this.loads.get(sender);
    const { limits, total } = this;
    const isRoomy = (value: number, limit: number): boolean => value < limit * ROOM_SHARE;
    return (
      isRoomy(load?.messages ?? 0, limits.senderMessages) &&
      isRoomy(load?.bytes ?? 0, limits.senderBytes) &&
      isRoomy(total.messages, limits.messages) &&
      isRoomy(total.bytes, limits.bytes)
    );
  }
}

function tooMuch(detail: string): DomainError {
  return new DomainError('rate-limited', detail, { retryAfterSeconds: RETRY_AFTER_SECONDS });
}
