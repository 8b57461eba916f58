import jsonata from 'jsonata';
import { parseExact, stringifyExact } from '../../kernel/exact-json.js';
import { DomainError } from '../../problems/domain-error.js';
import { StepError } from '../semantic/semantic-step.js';
import { ScriptProcess } from './script-process.js';
import type { ScriptAnswer, ScriptLimits } from './script-program.js';

/** Longest expression, in characters. */
export const LONGEST_EXPRESSION = 8_192;

/** What scripts may take unless told otherwise. */
export const SCRIPT_LIMITS: ScriptLimits = { timeoutMs: 1_000, memoryMb: 64, depth: 200, elements: 100_000, characters: 1_048_576 };

/** Runs of one expression that are handed to a process together. */
const MOST_AT_ONCE = 32;
/** Runs that wait for a process; what comes beyond is refused at once. */
const MOST_WAITING = 10_000;

const ENDING = 'expressions are no longer run: the broker ends';

interface Waiting {
  readonly text: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Runs of one expression, in their order. */
interface Lane {
  readonly expression: string;
  readonly waiting: Waiting[];
  running: number;
}

/**
 * JSONata, beside the broker: expressions run in a few processes that hold nothing but the expression and its input, bounded in time, depth and memory. One
 * expression never has all processes, and expressions take turns, so that one which loops does not hold up another. Processes begin when first needed.
 */
export class ScriptRunner {
  private readonly lanes = new Map<string, Lane>();
  private readonly idle: ScriptProcess[] = [];
  private readonly busy = new Set<ScriptProcess>();
  private waiting = 0;
  private isClosed = false;

  constructor(
    private readonly limits: ScriptLimits = SCRIPT_LIMITS,
    private readonly processes = 2,
  ) {}

  /**
   * Whether an expression is one.
   * @throws DomainError `validation-failed` saying where it is not
   */
  check(expression: unknown): void {
    if (typeof expression !== 'string' || expression.trim() === '' || expression.length > LONGEST_EXPRESSION)
      throw refused(`An expression is a text of 1 to ${LONGEST_EXPRESSION} characters.`);
    try {
      jsonata(expression);
    } catch (error) {
      const { position, message } = error as Partial<jsonata.JsonataError>;
      throw refused(`The expression is no JSONata: ${message ?? 'it is nested too deep'}`, position);
    }
  }

  /**
   * What the expression gives of a value. Numbers that no double holds are rounded.
   * @throws StepError when it fails, gives nothing, runs too long or takes too much
   */
  run(expression: string, value: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.isClosed) throw new StepError(ENDING);
      if (this.waiting >= MOST_WAITING) throw new StepError('too many expressions wait to be run');
      let lane = this.lanes.get(expression);
      if (lane === undefined) this.lanes.set(expression, (lane = { expression, waiting: [], running: 0 }));
      lane.waiting.push({ text: stringifyExact(value), resolve, reject });
      this.waiting += 1;
      this.next();
    });
  }

  /** Ends the processes, and the runs that wait for one; nothing is run any more. */
  close(): void {
    this.isClosed = true;
    for (const { waiting } of this.lanes.values()) for (const { reject } of waiting.splice(0)) reject(new StepError(ENDING));
    for (const each of [...this.idle.splice(0), ...this.busy]) each.end();
  }

  private next(): void {
    const most = Math.max(1, this.processes - 1);
    for (const lane of this.lanes.values()) {
      if (this.busy.size >= this.processes) return;
      if (lane.running >= most) continue;
      if (lane.waiting.length === 0) continue;
      const runs = lane.waiting.splice(0, MOST_AT_ONCE);
      this.waiting -= runs.length;
      lane.running += 1;
      // To the end of the line: the others come first now.
      this.lanes.delete(lane.expression);
      this.lanes.set(lane.expression, lane);
      void this.serve(lane, runs);
    }
  }

  private async serve(lane: Lane, runs: readonly Waiting[]): Promise<void> {
    const process = this.idle.pop() ?? new ScriptProcess(this.limits);
    this.busy.add(process);
    let done = 0;
    try {
      await process.started;
      const task = { expression: lane.expression, texts: runs.map(({ text }) => text) };
      await process.run(task, (answer) => {
        settle(runs[done], answer);
        done += 1;
      });
    } catch (error) {
      // Who had the process when it failed is at fault; who comes behind gets another one.
      runs[done]?.reject(error);
      this.again(lane, runs.slice(done + 1), error);
    } finally {
      this.busy.delete(process);
      if (process.isUsable) this.idle.push(process);
      lane.running -= 1;
      if (lane.running === 0 && lane.waiting.length === 0) this.lanes.delete(lane.expression);
      this.next();
    }
  }

  private again(lane: Lane, runs: readonly Waiting[], error: unknown): void {
    if (this.isClosed || !(error instanceof StepError)) {
      for (const { reject } of runs) reject(error);
      return;
    }
    lane.waiting.unshift(...runs);
    this.waiting += runs.length;
  }
}

function settle(run: Waiting | undefined, { text, fault }: ScriptAnswer): void {
  if (fault !== undefined) run?.reject(new StepError(`the expression fails: ${fault}`));
  else if (text === undefined) run?.reject(new StepError('the expression gives nothing'));
  else run?.resolve(parseExact(text));
}

function refused(detail: string, position?: number): DomainError {
  const place = position === undefined ? '' : ` (at ${position})`;
  return new DomainError('validation-failed', detail, {
    pointer: '',
    errors: [{ pointer: '', detail: detail + place }],
    ...(position === undefined ? {} : { extensions: { position } }),
  });
}
