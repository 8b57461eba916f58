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

interface Run {
  readonly resolve: (text: string | undefined) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * One process that runs scripts, one at a time. It is a process and not a thread because a thread that asks for too much memory at once takes the broker
 * with it: a single string of JSONata's `$pad` is enough.
 */
export class ScriptProcess {
  /** Settled once it takes tasks. */
  readonly started: Promise<void>;
  private readonly child: ChildProcess;
  private current: Run | undefined;
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
   * Runs a task; JSON, or undefined where the script gives nothing.
   * @throws StepError when the script fails, runs too long or takes too much
   */
  run(task: ScriptTask): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.overdue(), this.limits.timeoutMs + GRACE_MS);
      this.current = { resolve, reject, timer };
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

  private overdue(): void {
    // The answer may lie there already, behind what kept this process busy.
    setImmediate(() => {
      if (this.current === undefined) return;
      this.end();
      this.fail(new StepError(`the expression runs longer than ${this.limits.timeoutMs} ms`));
    });
  }

  private take({ text, fault, isTired }: ScriptAnswer): void {
    const run = this.settle();
    if (isTired) this.end();
    if (fault === undefined) run?.resolve(text);
    else run?.reject(new StepError(`the expression fails: ${fault}`));
  }

  private fail(error: Error): void {
    this.settle()?.reject(error);
  }

  private settle(): Run | undefined {
    const run = this.current;
    this.current = undefined;
    if (run !== undefined) clearTimeout(run.timer);
    this.rest();
    return run;
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
