import { setTimeout as delay } from 'node:timers/promises';
import type { Binaries } from './binaries.js';
import type { Cluster } from './cluster.js';
import { waitUntilReady } from './database-access.js';
import { EmbeddedPostgresError, errorText } from './embedded-postgres-error.js';
import {
  abandonPostmaster,
  anotherRuns,
  findRunning,
  freePort,
  portWasTaken,
  type Postmaster,
  predecessorLingers,
  spawnPostmaster,
  stopPostmaster,
} from './postmaster.js';
import type { SystemUser } from './run-as.js';

/** PostgreSQL ended without being asked to, and what became of it. After `gave-up` there is no database any more. */
export interface UnexpectedExit {
  readonly outcome: 'restarting' | 'restarted' | 'gave-up';
  /** For the log: how it ended or why it could not be restarted. */
  readonly detail: string;
}

export interface ServerOptions {
  readonly cluster: Cluster;
  readonly binaries: Binaries;
  readonly user: SystemUser | undefined;
  readonly log: (line: string) => void;
  readonly notify: (event: UnexpectedExit) => void;
}

/** How long processes of a killed server may take to go, in milliseconds. */
const LINGERING_MS = 30_000;
/** How long a server may recover (replay its log after a crash), and how long it may give no answer at all, in milliseconds. */
const STARTING = { busyMs: 600_000, silentMs: 30_000 };
const ADOPTING = { busyMs: 600_000, silentMs: 10_000 };
/** Restarts within the window before giving up, and the pause before each, in milliseconds. */
const RESTART_WINDOW_MS = 600_000;
const RESTART_PAUSES_MS = [0, 500, 2_000, 5_000, 10_000];

/** Keeps one server running on a cluster, always on the same port once it has one, until it is stopped. */
export class SupervisedServer {
  private current: Postmaster | undefined;
  private restarts: number[] = [];
  private supervision: Promise<void> = Promise.resolve();
  private readonly ending = new AbortController();

  constructor(private readonly options: ServerOptions) {}

  /** Adopts the server a killed broker left running, or starts one. @returns its port */
  async start(): Promise<number> {
    const server = (await this.adopt()) ?? (await this.launch());
    this.current = server;
    this.supervision = this.supervise(server);
    return server.port;
  }

  /** Stops the server and waits until it is gone. */
  async stop(): Promise<void> {
    this.ending.abort();
    await this.supervision;
    if (this.current) await stopPostmaster(this.current, this.options.log);
  }

  /** Ends the server at once because another broker has taken over its data. */
  async abandon(reason: string): Promise<void> {
    this.ending.abort();
    await this.supervision;
    if (this.current) await abandonPostmaster(this.current);
    this.options.notify({ outcome: 'gave-up', detail: reason });
  }

  private async adopt(): Promise<Postmaster | undefined> {
    const { cluster, log } = this.options;
    const left = await findRunning(cluster);
    if (!left) return undefined;
    const trouble = await waitUntilReady(cluster, left.port, left.exited, ADOPTING);
    if (trouble === undefined) {
      log(`adopted PostgreSQL (process ${left.pid}, port ${left.port}), which an earlier broker left running`);
      return left;
    }
    log(`PostgreSQL (process ${left.pid}), which an earlier broker left running, cannot be used (${trouble}); starting it anew`);
    await stopPostmaster(left, log);
    return undefined;
  }

  /** Starts a server and waits until it answers; without a port, on any that is free. */
  private async launch(port?: number): Promise<Postmaster> {
    const { cluster, binaries, user, log } = this.options;
    const { signal } = this.ending;
    const deadline = performance.now() + LINGERING_MS;
    for (;;) {
      signal.throwIfAborted();
      // For its side effect: no stale record may keep the server from starting.
      await findRunning(cluster);
      const server = await spawnPostmaster(cluster, binaries, user, port ?? (await freePort()));
      const trouble = await waitUntilReady(cluster, server.port, server.exited, { ...STARTING, signal });
      if (trouble === undefined) {
        log(`PostgreSQL runs as process ${server.pid} on 127.0.0.1:${server.port}`);
        return server;
      }
      await stopPostmaster(server, log);
      if (anotherRuns(trouble) && port === undefined) {
        // A broker killed between starting its server and the server's signing in left one that could not be seen until now.
        const other = await this.adopt();
        if (other) return other;
      }
      const passing = predecessorLingers(trouble) || anotherRuns(trouble) || (portWasTaken(trouble) && port === undefined);
      if (!passing || performance.now() > deadline) {
        throw new EmbeddedPostgresError(
          `PostgreSQL did not start (${trouble}): see ${cluster.logFile}, or set DATABASE_URL to use another one.`,
        );
      }
      await delay(250, undefined, { signal });
    }
  }

  private async supervise(first: Postmaster): Promise<void> {
    const stopping = aborted(this.ending.signal);
    let server = first;
    for (;;) {
      const detail = await Promise.race([server.exited, stopping]);
      if (detail === undefined) return;
      this.current = undefined;
      this.report({ outcome: 'restarting', detail });
      const next = await this.relaunch(server.port);
      if (!next) return;
      this.current = server = next;
      this.report({ outcome: 'restarted', detail: `process ${next.pid}` });
    }
  }

  private async relaunch(port: number): Promise<Postmaster | undefined> {
    let detail = 'it keeps ending';
    for (;;) {
      const now = performance.now();
      this.restarts = this.restarts.filter((at) => now - at < RESTART_WINDOW_MS);
      const pause = RESTART_PAUSES_MS[this.restarts.length];
      if (pause === undefined) break;
      this.restarts.push(now);
      try {
        await delay(pause, undefined, { signal: this.ending.signal });
        return await this.launch(port);
      } catch (error) {
        if (this.ending.signal.aborted) return undefined;
        detail = errorText(error);
      }
    }
    this.report({ outcome: 'gave-up', detail });
    return undefined;
  }

  private report(event: UnexpectedExit): void {
    this.options.log(`PostgreSQL ended unexpectedly, ${event.outcome.replace('-', ' ')}: ${event.detail}`);
    this.options.notify(event);
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined), { once: true }));
}
