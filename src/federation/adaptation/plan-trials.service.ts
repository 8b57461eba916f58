import { Injectable } from '@nestjs/common';
import { Adaptor } from '../../adaptor/adaptor.js';
import type { AdaptationFlow, ValueForm } from '../../adaptor/plan/adaptation-plan.js';
import type { FlowTrace } from '../../adaptor/plan/flow-runner.js';
import type { ConnectionId } from '../../kernel/ids.js';
import { parseTwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import type { Principal } from '../../security/principal.js';
import type { Connection } from '../connection.entity.js';
import type { AdaptationTrialDto, TryAdaptationDto } from './connection-adaptation.dto.js';
import { trialWire } from './connection-adaptation.presenter.js';
import { ConnectionAdaptation } from './connection-adaptation.service.js';
import { ReceiverChecks } from './receiver-checks.js';
import { isFlow } from './step-overrides.js';

/** The largest payload that is tried, in bytes: that of a message. */
const MAX_PAYLOAD_BYTES = 1_048_576;

/** The way there, and back as far as there is one. */
export interface FlowTrial {
  readonly there: FlowTrace;
  readonly back?: FlowTrace | { readonly oneWay: string };
}

/** Tries payloads by the plans of connections. */
@Injectable()
export class PlanTrials {
  constructor(
    private readonly adaptation: ConnectionAdaptation,
    private readonly adaptor: Adaptor,
    private readonly checks: ReceiverChecks,
  ) {}

  /**
   * What the plan that holds makes of a payload.
   * @throws DomainError `not-found`, `validation-failed` when the plan has no such flow, `payload-too-large`
   */
  async run(principal: Principal, id: ConnectionId, dto: TryAdaptationDto): Promise<AdaptationTrialDto> {
    const { stored, connection } = await this.adaptation.read(principal, id);
    const { twin, feature, purpose, payload } = dto;
    const reference = { twin: parseTwinId(twin), feature, purpose };
    const planned = stored.plan.features.find((each) => each.twin === twin && each.name === feature);
    const flow = planned?.flows?.find((each) => isFlow(reference, planned, each));
    if (planned === undefined) throw refused('/feature', 'is not agreed');
    if ((planned.kind === 'data') !== (purpose === 'data')) throw refused('/purpose', `is none of this ${planned.kind}`);
    if (payload === undefined) throw refused('/payload', 'is required; null is one');
    const text = JSON.stringify(payload);
    if (Buffer.byteLength(text) > MAX_PAYLOAD_BYTES) {
      throw new DomainError('payload-too-large', `A payload may have at most ${MAX_PAYLOAD_BYTES} bytes.`, { pointer: '/payload' });
    }
    const [from, to] = purpose === 'input' ? [planned.peer, planned.twin] : [planned.twin, planned.peer];
    const trial =
      flow === undefined
        ? { there: { steps: [], outcome: text } }
        : await this.trial(flow, sourceOf(connection, flow, dto, planned.need), text);
    return { planVersion: stored.version, from, to, ...trialWire(trial) };
  }

  /** A flow there and, where every step has a way back, back. */
  async trial(flow: AdaptationFlow, source: ValueForm, text: string): Promise<FlowTrial> {
    const there = await this.adaptor.trace(flow, text, await this.checks.of(flow));
    if (there.outcome === undefined) return { there };
    const inverse = this.adaptor.inverse(flow, source);
    return { there, back: 'oneWay' in inverse ? inverse : await this.adaptor.trace(inverse.flow, there.outcome) };
  }
}

/** The form that the payload is in before the flow: the owner's, or of parameters that of the need they are sent by. */
function sourceOf(
  { features, needs }: Connection,
  flow: AdaptationFlow,
  { twin, feature }: TryAdaptationDto,
  need: string | undefined,
): ValueForm {
  const spoken =
    flow.purpose === 'input' && need !== undefined
      ? needs.find((each) => each.twin === flow.from && each.kind === 'function' && each.name === need)
      : features.find((each) => each.twin === twin && each.name === feature);
  if (spoken === undefined) return {};
  const { format, formatOptions, semanticType, unit } = spoken;
  const schema = flow.purpose === 'data' ? spoken.schema : flow.purpose === 'input' ? spoken.input : spoken.output;
  return { schema, format, formatOptions, semanticType, unit };
}

function refused(pointer: string, detail: string): DomainError {
  return new DomainError('validation-failed', `${pointer} ${detail}.`, { pointer, errors: [{ pointer, detail }] });
}
