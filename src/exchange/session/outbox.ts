import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { OUTBOX_HIGH_WATER } from './session-limits.js';

/** Writes frames to a client. All frames of one turn of the event loop go out in one write. */
export class Outbox {
  private corked = false;
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
    return this.isOpen && this.webSocket.bufferedAmount > OUTBOX_HIGH_WATER;
  }

  /** Whether anything can still be sent. */
  get isOpen(): boolean {
    return this.webSocket.readyState === this.webSocket.OPEN;
  }

  /** Sends a frame. What is sent after the end goes nowhere. */
  send(frame: string): void {
    if (!this.isOpen) return;
    if (!this.corked) {
      this.corked = true;
      this.socket.cork();
      setImmediate(() => {
        this.corked = false;
        this.socket.uncork();
      });
    }
    this.webSocket.send(frame);
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
