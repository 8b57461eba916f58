import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { StepError } from '../semantic/semantic-step.js';
import { type ScriptAnswer, type ScriptLimits, scriptProgram, type ScriptTask, TIRED_AFTER_US } from './script-program.js';

const JSONATA = createRequire(import.meta.url).resolve('jsonata');
/** Seconds of processor time after which the system ends a process that has lost its parent in the midst of a run. */
const LONGEST_CPU_SECONDS = 300;
/** What the process has of memory beside its heap, in megabytes. */
const BESIDE_HEAP_MB = 96;
/** Time for a process to begin on a busy machine. */
const START_MS = 20_000;

interface Runs {
  /** Answers that are still to come. */
  left: number;
  readonly answered: (answer: ScriptAnswer) => void;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  timer: NodeJS.Timeout;
}

/**
 * One process that runs scripts, one expression at a time. It is a process and not a thread because a thread that asks for too much memory at once takes the broker
 * with it: a single string of JSONata's `$pad` is enough.
 */
export class ScriptProcess {
  /** Settled once it takes tasks. */
  readonly started: Promise<void>;
  private readonly child: ChildProcess;
  private current: Runs | undefined;
  private ended = false;

  constructor(private readonly limits: ScriptLimits) {
    this.child = start(limits);
    this.child.unref();
    this.started = new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.end(), START_MS).unref();
      this.child.once('message', () => {
        clearTimeout(timer);
        this.child.on('message', (answer: ScriptAnswer) => this.take(answer));
        this.rest();
        resolve();
      });
      this.child.once('error', (error) => reject(error));
      this.child.once('exit', (code, signal) => {
        clearTimeout(timer);
        this.ended = true;
        reject(new Error(`the process for scripts did not begin (${signal ?? code})`));
        this.fail(new StepError(`the expression needs more than ${limits.memoryMb} MB of memory`));
      });
    });
    // Whoever waits hears of it; a process that ends later is nobody's failure.
    this.started.catch(() => undefined);
  }

  get isUsable(): boolean {
    return !this.ended;
  }

  /**
   * Runs an expression on several inputs, one after the other.
   * @param answered told of each, in their order
   * @throws StepError when the first that is not answered runs too long or takes too much; the others were not begun
   */
  run(task: ScriptTask, answered: (answer: ScriptAnswer) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.current = { left: task.texts.length, answered, resolve, reject, timer: this.timer() };
      this.child.channel?.ref();
      this.child.send(task, (error) => {
        if (error !== null) this.fail(error);
      });
    });
  }

  /** Ends the process; a task it has is told of as overdue. */
  end(): void {
    this.ended = true;
    this.child.kill('SIGKILL');
  }

  private timer(): NodeJS.Timeout {
    return setTimeout(() => this.overdue(), this.limits.timeoutMs + GRACE_MS);
  }

  private overdue(): void {
    const left = this.current?.left;
    // The answer may lie there already, behind what kept this process busy.
    setImmediate(() => {
      if (this.current === undefined || this.current.left !== left) return;
      this.end();
      this.fail(new StepError(`the expression runs longer than ${this.limits.timeoutMs} ms`));
    });
  }

  private take(answer: ScriptAnswer): void {
    const runs = this.current;
    if (runs === undefined) return;
    clearTimeout(runs.timer);
    runs.left -= 1;
    runs.answered(answer);
    if (runs.left > 0) {
      runs.timer = this.timer();
      return;
    }
    if (answer.isTired) this.end();
    this.settle()?.resolve();
  }

  private fail(error: Error): void {
    this.settle()?.reject(error);
  }

  private settle(): Runs | undefined {
    const runs = this.current;
    this.current = undefined;
    if (runs !== undefined) clearTimeout(runs.timer);
    this.rest();
    return runs;
  }

  /** Without a task, it keeps nobody from ending. */
  private rest(): void {
    this.child.channel?.unref();
  }
}

/** The script's own clock comes first, and says more. */
const GRACE_MS = 200;

function start(limits: ScriptLimits): ChildProcess {
  const given = `require(${JSON.stringify(JSONATA)}), process, ${JSON.stringify(limits)}, ${TIRED_AFTER_US}`;
  const node = [
    `--max-old-space-size=${limits.memoryMb}`,
    '--max-semi-space-size=4',
    '--single-threaded',
    '--disallow-code-generation-from-strings',
    '--no-warnings',
    '-e',
    `(${scriptProgram.toString()})(${given})`,
  ];
  const options = { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] as ['ignore', 'ignore', 'ignore', 'ipc'], env: {}, windowsHide: true };
  if (process.platform === 'win32') return spawn(process.execPath, node, options);
  // The heap's limit does not hold for a single large string; the system's does.
  const most = (limits.memoryMb + BESIDE_HEAP_MB) * 1_024;
  const limited = `ulimit -c 0; ulimit -d ${most}; ulimit -t ${LONGEST_CPU_SECONDS}; exec "$0" "$@"`;
  return spawn('/bin/sh', ['-c', limited, process.execPath, ...node], options);
}
