/** What a script is run with. */
export interface ScriptLimits {
  /** Of one run, in milliseconds. */
  readonly timeoutMs: number;
  /** Of a process, in megabytes: its heap, and with twice as much again all that it writes to. */
  readonly memoryMb: number;
  /** Nested calls. */
  readonly depth: number;
  /** Elements of an array on the way. */
  readonly elements: number;
  /** Characters of the outcome as JSON. */
  readonly characters: number;
}

/** Runs of one expression asked for; they are answered one by one, in their order. */
export interface ScriptTask {
  readonly expression: string;
  /** The inputs, as JSON. */
  readonly texts: readonly string[];
}

/** What came of a run: JSON, nothing at all, or why there is none. */
export interface ScriptAnswer {
  readonly text?: string;
  readonly fault?: string;
  /** The process has used so much time that another one should take its place. */
  readonly isTired: boolean;
}

/** What the program needs of its process. */
interface Host {
  on(event: 'message', listener: (task: ScriptTask) => void): unknown;
  send?(answer: ScriptAnswer | 'ready'): unknown;
  cpuUsage(): { readonly user: number; readonly system: number };
}

interface Compiled {
  evaluate(input: unknown): Promise<unknown>;
}

type Compiler = (expression: string, options: object) => Compiled;

/** Processor time after which a process is replaced, in microseconds; `ulimit -t` ends one that nobody looks after a while later. */
export const TIRED_AFTER_US = 200_000_000;

/**
 * The program of a process that runs scripts. Its text is handed to the process, so it leans on nothing around it.
 * @param compile JSONata, the only thing it is given
 */
export function scriptProgram(compile: Compiler, host: Host, limits: ScriptLimits, tiredAfterUs: number): void {
  const MOST_COMPILED = 200;
  const compiled = new Map<string, Compiled>();
  const send = host.send?.bind(host);

  // An expression reaches values alone; should one ever find a function, it does not get from there to the compiler of functions.
  for (const prototype of [
    Function.prototype,
    Object.getPrototypeOf(async () => undefined) as object,
    Object.getPrototypeOf(function* () {}) as object,
  ])
    Object.defineProperty(prototype, 'constructor', { value: undefined });

  const scriptOf = (expression: string): Compiled => {
    const known = compiled.get(expression);
    if (known !== undefined) return known;
    const [oldest] = compiled.keys();
    if (compiled.size >= MOST_COMPILED && oldest !== undefined) compiled.delete(oldest);
    const script = compile(expression, { timeout: limits.timeoutMs, stack: limits.depth, sequence: limits.elements });
    compiled.set(expression, script);
    return script;
  };

  /** Functions of JSONata are objects that say so. */
  const isFunction = (outcome: unknown): boolean =>
    typeof outcome === 'object' && outcome !== null && ('_jsonata_function' in outcome || '_jsonata_lambda' in outcome);

  const answer = async (expression: string, text: string): Promise<{ text?: string; fault?: string }> => {
    try {
      const outcome = await scriptOf(expression).evaluate(JSON.parse(text));
      const written = isFunction(outcome) ? undefined : (JSON.stringify(outcome) as string | undefined);
      if (written !== undefined && written.length > limits.characters) return { fault: `gives more than ${limits.characters} characters` };
      return { text: written };
    } catch (error) {
      const { code, position, message } = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>;
      const place = typeof position === 'number' ? ` (at ${position})` : '';
      return { fault: `${typeof code === 'string' ? `${code}: ` : ''}${String(message ?? error).slice(0, 500)}${place}` };
    }
  };

  const answerAll = async ({ expression, texts }: ScriptTask): Promise<void> => {
    for (const text of texts) {
      const outcome = await answer(expression, text);
      const { user, system } = host.cpuUsage();
      send?.({ ...outcome, isTired: user + system > tiredAfterUs });
    }
  };

  host.on('message', (task) => void answerAll(task));
  send?.('ready');
}
