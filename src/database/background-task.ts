import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';

interface Task {
  timer: NodeJS.Timeout;
  running?: Promise<void>;
}

/** Periodic work of a broker: never overlapping itself, logged when it fails, finished before the program ends. */
@Injectable()
export class BackgroundTasks implements OnApplicationShutdown {
  private readonly logger = new Logger(BackgroundTasks.name);
  private readonly tasks = new Set<Task>();
  private stopped = false;

  /** Runs `work` every `ms` milliseconds, counted from the end of one run to the start of the next. */
  every(ms: number, name: string, work: () => Promise<void>): void {
    if (this.stopped) return;
    const task: Task = { timer: setTimeout(() => undefined, 0) };
    const schedule = (): void => {
      task.timer = setTimeout(() => {
        task.running = work()
          .catch((error: unknown) => {
            this.logger.warn({ task: name, err: error }, 'A background task failed; it will be tried again.');
          })
          .finally(() => {
            task.running = undefined;
            if (!this.stopped) schedule();
          });
      }, ms);
      task.timer.unref();
    };
    this.tasks.add(task);
    schedule();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    for (const task of this.tasks) clearTimeout(task.timer);
    for (const task of this.tasks) await task.running;
  }
}
