import { parseExact, stringifyExact } from '../../kernel/exact-json.js';
import { DomainError } from '../../problems/domain-error.js';
import { FormatError } from '../format/payload-format.js';
import type { PayloadFormats } from '../format/payload-formats.js';
import { StepError } from '../semantic/semantic-step.js';
import type { SemanticSteps } from '../semantic/semantic-steps.js';
import type { AdaptationFlow, AdaptationStep, FormSchema } from './adaptation-plan.js';
import { type CompiledFlow, StepFailed } from './compiled-flow.js';

/** One payload after one step, as JSON text. */
export interface TracedStep {
  readonly step: string;
  readonly name: string;
  readonly payload: string;
}

/** The way of one payload step by step, as far as it came. */
export interface FlowTrace {
  readonly steps: readonly TracedStep[];
  /** Absent when a step failed. */
  readonly outcome?: string;
  readonly failure?: StepFailed;
}

/** Says what is wrong with a value that the receiver is to get, before it is encoded; nothing when it fits. */
export type CheckValue = (value: unknown) => { readonly detail: string; readonly pointer?: string } | undefined;

interface ReadyStep {
  readonly step: AdaptationStep;
  readonly run: (value: unknown) => unknown;
}

/** Makes flows ready to run: what a step is, looked up once. */
export class FlowRunner {
  constructor(
    private readonly steps: SemanticSteps,
    private readonly formats: PayloadFormats,
  ) {}

  /**
   * The flow as one function. Payloads are read and written once; what lies between changes the value in place.
   * @param check of the receiver's form: the value must pass it, or the step `check` has failed
   * @throws DomainError `adaptation-unsupported` for a step or format that this broker does not know, `validation-failed` for parameters it cannot use
   */
  compile(flow: AdaptationFlow, check?: CheckValue): CompiledFlow {
    const ready = withCheck(this.readySteps(flow), check);
    return { flow, isIdentity: ready.length === 0, run: (text) => (ready.length === 0 ? text : runAll(ready, text)) };
  }

  /** Every payload on the way. Not for the message path. @throws as {@link compile} */
  async trace(flow: AdaptationFlow, text: string, check?: CheckValue): Promise<FlowTrace> {
    const ready = withCheck(this.readySteps(flow), check);
    const steps: TracedStep[] = [];
    let payload = text;
    for (const each of ready) {
      try {
        payload = await runAll([each], payload);
      } catch (error) {
        if (error instanceof StepFailed) return { steps, failure: error };
        throw error;
      }
      if (each.step.name !== 'check') steps.push({ step: each.step.id, name: each.step.name, payload });
    }
    return { steps, outcome: payload };
  }

  private readySteps(flow: AdaptationFlow): ReadyStep[] {
    let schema: FormSchema | undefined;
    return flow.steps.map((step) => {
      const run = this.runOf(step, step.name === 'encode' ? (flow.target?.schema ?? schema) : step.schema);
      schema = step.schema ?? schema;
      return { step, run };
    });
  }

  private runOf(step: AdaptationStep, schema: FormSchema | undefined): (value: unknown) => unknown {
    if (step.name === 'decode' || step.name === 'encode') {
      // Plans of schemas that refer to shared ones name what the format is to know of them.
      const { format: name, options, schema: typing = schema } = step.parameters;
      const format = typeof name === 'string' ? this.formats.find(name) : undefined;
      if (format === undefined) throw unknown(step, `the format ${JSON.stringify(name)}`, this.formats.names);
      const codec = format.compile(format.read(options), typing);
      return step.name === 'decode' ? (value) => codec.decode(value) : (value) => codec.encode(value);
    }
    const semantic = this.steps.find(step.name);
    if (semantic === undefined) throw unknown(step, `the step ${step.name}`, this.steps.names);
    return semantic.compile(semantic.read(step.parameters));
  }
}

/** The check stands before the value is encoded for the receiver. */
function withCheck(ready: readonly ReadyStep[], check: CheckValue | undefined): readonly ReadyStep[] {
  if (check === undefined || ready.length === 0) return ready;
  const step: ReadyStep = {
    step: { id: 'check', name: 'check', parameters: {} },
    run: (value) => {
      const fault = check(value);
      if (fault === undefined) return value;
      throw new StepError(`what comes out does not fit the receiver: ${fault.detail}`, fault.pointer);
    },
  };
  const encode = ready.at(-1)?.step.name === 'encode' ? ready.slice(-1) : [];
  return [...ready.slice(0, ready.length - encode.length), step, ...encode];
}

function unknown({ id }: AdaptationStep, what: string, known: readonly string[]): DomainError {
  return new DomainError(
    'adaptation-unsupported',
    `The step ${id} needs ${what}, which this broker does not know; it knows ${known.join(', ')}.`,
    {
      extensions: { step: id, candidates: known },
    },
  );
}

function runAll(ready: readonly ReadyStep[], text: string): string | Promise<string> {
  let value = parseExact(text);
  for (let index = 0; index < ready.length; index += 1) {
    const each = ready[index] as ReadyStep;
    try {
      value = each.run(value);
    } catch (error) {
      throw failed(error, ready, index, text);
    }
    if (value instanceof Promise) return goOn(value, ready, index, text);
  }
  return written(value, ready, text);
}

/** The rest of the way, once a step runs elsewhere. */
async function goOn(pending: Promise<unknown>, ready: readonly ReadyStep[], from: number, text: string): Promise<string> {
  let value: unknown;
  let next: unknown = pending;
  for (let index = from; index < ready.length; index += 1) {
    try {
      if (index > from) next = ready[index]?.run(value);
      value = await next;
    } catch (error) {
      throw await failedLater(error, ready, index, text);
    }
  }
  return written(value, ready, text);
}

function written(value: unknown, ready: readonly ReadyStep[], text: string): string {
  try {
    return stringifyExact(value);
  } catch (error) {
    throw new StepFailed(ready.at(-1)?.step.id ?? 'check', `gave what JSON cannot say: ${messageOf(error)}`, undefined, text);
  }
}

/** The payload before the step is found by going there again: steps change the value they are given, and failures are rare. */
function failed(error: unknown, ready: readonly ReadyStep[], index: number, text: string): unknown {
  if (!isStepError(error)) return error;
  const before = runAll(ready.slice(0, index), text);
  return new StepFailed(ready[index]?.step.id ?? 'check', error.detail, pointerOf(error), typeof before === 'string' ? before : text);
}

async function failedLater(error: unknown, ready: readonly ReadyStep[], index: number, text: string): Promise<unknown> {
  if (!isStepError(error)) return error;
  return new StepFailed(ready[index]?.step.id ?? 'check', error.detail, pointerOf(error), await runAll(ready.slice(0, index), text));
}

function isStepError(error: unknown): error is StepError | FormatError {
  return error instanceof StepError || error instanceof FormatError;
}

function pointerOf({ pointer }: StepError | FormatError): string | undefined {
  return pointer === undefined || pointer === '' || pointer.startsWith('/') ? pointer : undefined;
}

function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}
