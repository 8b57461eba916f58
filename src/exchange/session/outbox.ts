import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { OUTBOX_HIGH_WATER } from './session-limits.js';
import { TextFrames } from './text-frames.js';

/**
 * Writes frames to a client. All frames of one turn of the event loop go out in one write, past ws, which would make two pieces of memory of each frame:
 * its own frames (ping, pong, close) never come between, because each of ours is written whole.
 */
export class Outbox {
  private pending?: TextFrames;
  private isScheduled = false;
  private waiting: (() => void)[] = [];

  constructor(
    private readonly webSocket: WebSocket,
    private readonly socket: Socket,
  ) {
    const wake = (): void => {
      if (this.isFull) return;
      for (const each of this.waiting.splice(0)) each();
    };
    socket.on('drain', wake);
    webSocket.on('close', () => {
      for (const each of this.waiting.splice(0)) each();
    });
  }

  /** Whether more waits than a client that keeps up would leave. */
  get isFull(): boolean {
    return this.isOpen && this.webSocket.bufferedAmount + (this.pending?.bytes ?? 0) > OUTBOX_HIGH_WATER;
  }

  /** Whether anything can still be sent. */
  get isOpen(): boolean {
    return this.webSocket.readyState === this.webSocket.OPEN;
  }

  /** Sends a frame. What is sent after the end goes nowhere. */
  send(frame: string): void {
    if (!this.isOpen) return;
    if (this.pending?.add(frame) !== true) {
      this.flush();
      this.pending = TextFrames.startingWith(frame);
      this.pending.add(frame);
    }
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      this.flush();
    });
  }

  /** Writes what was sent so far: before a close frame, after which nothing may come. */
  flush(): void {
    const { pending } = this;
    if (pending === undefined) return;
    this.pending = undefined;
    if (this.isOpen) this.socket.write(pending.written, () => pending.release());
    else pending.release();
  }

  /** Resolves when the client has taken enough, or is gone. */
  async drained(): Promise<void> {
    while (this.isFull) {
      await new Promise<void>((resolve) => {
        this.waiting.push(resolve);
      });
    }
  }
}
