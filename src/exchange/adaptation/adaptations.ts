import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { ValueForm } from '../../adaptor/plan/adaptation-plan.js';
import { type CompiledFlow, StepFailed } from '../../adaptor/plan/compiled-flow.js';
import { PROBLEMS } from '../../problems/catalogue.js';
import { DomainError } from '../../problems/domain-error.js';
import { type PlanVersion, PlanVersions, versionFor } from '../../federation/adaptation/plan-versions.js';
import { ReceiverChecks } from '../../federation/adaptation/receiver-checks.js';
import type { Envelope } from '../../vocabulary/envelope.js';
import type { LogRow } from '../log/log-row.js';
import { MAX_MESSAGE_BYTES } from '../message/limits.js';
import { type AdaptationFailure, type AdaptedMessage, withBefore, withPayload } from './adapted-message.js';
import { FLOW_COMPILER, type FlowCompiler } from '../../adaptor/plan/flow-compiler.js';
import { flowIn, type FlowKey, flowOfMessage } from './message-flow.js';

/** What of a row its adaptation follows from. */
export type AdaptableRow = Pick<LogRow, 'connectionId' | 'planVersion' | 'acceptedAt' | 'envelope' | 'payload'>;

/** What became of a message: unchanged, adapted, or not to be adapted. */
export type Adaptation =
  | 'unchanged'
  | { readonly adapted: AdaptedMessage; readonly target?: ValueForm }
  | { readonly failure: AdaptationFailure; readonly envelope: Envelope };

/** A flow ready to run, or why it cannot be. */
type Compilation = CompiledFlow | DomainError | undefined;

const CACHED_FLOWS = 10_000;
/** The largest payload that a flow may make of a message, in bytes: adaptation may write more than it reads, but not without bound. */
const MAX_ADAPTED_BYTES = 4 * MAX_MESSAGE_BYTES;

/** Adapts messages for their receivers, by the plan version that each goes by. Flows are compiled once and kept. */
@Injectable()
export class Adaptations {
  private readonly flows = new LRUCache<string, Promise<Compilation>>({ max: CACHED_FLOWS });

  constructor(
    private readonly versions: PlanVersions,
    private readonly checks: ReceiverChecks,
    @Inject(FLOW_COMPILER) private readonly compiler: FlowCompiler,
  ) {}

  /** Whether it is known at once that no plan changes the message: all that an unadapted one costs. */
  isUntouched(row: AdaptableRow): boolean {
    if (row.connectionId === null) return true;
    const versions = this.versions.remembered(row.connectionId);
    return versions !== undefined && versionFor(versions, row)?.isIdentity === true;
  }

  /** The version that a message goes by which is accepted now over the connection, or over which its REQUEST went. */
  async version(connectionId: string, row: { planVersion: number | null; acceptedAt: Date }): Promise<PlanVersion | undefined> {
    return versionFor(await this.versions.of(connectionId), row);
  }

  /** Adapts a message for its receiver. Never throws for what is wrong with a payload. */
  async adapt(row: AdaptableRow, receiver: string): Promise<Adaptation> {
    const { connectionId } = row;
    if (connectionId === null) return 'unchanged';
    const version = await this.version(connectionId, row);
    if (version?.isIdentity === true) return 'unchanged';
    const envelope = JSON.parse(row.envelope) as Envelope;
    const key = flowOfMessage(envelope, receiver);
    if (key === undefined) return 'unchanged';
    const place = { connectionId, ...(version === undefined ? {} : { planVersion: version.version }) };
    if (version === undefined) {
      return { envelope, failure: { ...place, step: 'plan', detail: `the plan ${row.planVersion ?? ''} of the connection is not known` } };
    }
    const compiled = await this.compiled(connectionId, version.version, key);
    if (compiled instanceof DomainError) return { envelope, failure: { ...place, step: 'plan', detail: compiled.detail } };
    if (compiled === undefined || compiled.isIdentity) return 'unchanged';
    if (envelope.data.payloadRef !== undefined) {
      return { envelope, failure: { ...place, step: 'plan', detail: 'a payload by reference cannot be adapted' } };
    }
    if (row.payload === null) return 'unchanged';
    return run(compiled, row, row.payload, envelope, place);
  }

  /** The flow, compiled; undefined when the plan has none or it does nothing. */
  private compiled(connectionId: string, version: number, flow: FlowKey): Promise<Compilation> {
    const key = `${connectionId} ${version} ${flow.purpose} ${flow.twin} ${flow.name}`;
    const known = this.flows.get(key);
    if (known !== undefined) return known;
    const compiling = this.compile(connectionId, version, flow);
    this.flows.set(key, compiling);
    compiling.catch(() => this.flows.delete(key));
    return compiling;
  }

  private async compile(connectionId: string, version: number, key: FlowKey): Promise<Compilation> {
    const plan = await this.versions.plan(connectionId, version);
    const flow = plan === undefined ? undefined : flowIn(plan, key);
    if (flow === undefined || flow.steps.length === 0) return undefined;
    try {
      return await this.compiler.compile(flow, await this.checks.of(flow));
    } catch (error) {
      if (error instanceof DomainError && PROBLEMS[error.code].http < 500) return error;
      throw error;
    }
  }
}

async function run(
  flow: CompiledFlow,
  row: AdaptableRow,
  payload: string,
  envelope: Envelope,
  place: Pick<AdaptationFailure, 'connectionId' | 'planVersion'>,
): Promise<Adaptation> {
  try {
    const text = await flow.run(payload);
    const bytes = Buffer.byteLength(text);
    if (bytes <= MAX_ADAPTED_BYTES) return { adapted: withPayload(envelope, row.envelope, text), target: flow.flow.target };
    const detail = `the adapted payload has ${bytes} bytes; ${MAX_ADAPTED_BYTES} is the most`;
    return { envelope, failure: withBefore({ ...place, step: 'check', detail }, payload) };
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    const { step, detail, pointer, before } = error;
    return { envelope, failure: withBefore({ ...place, step, detail, ...(pointer === undefined ? {} : { pointer }) }, before) };
  }
}
