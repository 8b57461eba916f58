import { Injectable } from '@nestjs/common';
import { FLOW_PURPOSES, type FlowPurpose } from '../../federation/adaptation/connection-adaptation.dto.js';
import { PlanTrials } from '../../federation/adaptation/plan-trials.service.js';
import { parseConnectionId, parseTwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { TwinService } from '../../registry/twin.service.js';
import { type HostedAnswer, type HostedRequest, objectId, payloadObject } from './hosted-request.js';
import { notOffered } from './registry-requests.js';

/**
 * REQUESTs to the adaptor of twins that orchestrate themselves: a payload adapted by the plan of a connection of theirs (ADAPT), and the forms in which they
 * want to receive (adaptationProfile: the needs of the twin's profile).
 */
@Injectable()
export class AdaptationRequests {
  constructor(
    private readonly trials: PlanTrials,
    private readonly twins: TwinService,
  ) {}

  /** Carries out ADAPT, and REGISTER, UPDATE and DEREGISTER of an adaptationProfile. */
  async handle(request: HostedRequest): Promise<HostedAnswer> {
    switch (request.envelope.data.action) {
      case 'ADAPT':
        return this.adapt(request);
      case 'REGISTER':
      case 'UPDATE':
        return { code: 'OK', payload: { needs: await this.needs(request, payloadObject(request)['needs'] ?? []) } };
      case 'DEREGISTER':
        await this.needs(request, null);
        return { code: 'NO_CONTENT' };
      default:
        throw notOffered(request);
    }
  }

  /**
   * The payload as the other side of the connection would get it. `parameters.twin`: whose feature it is, if not the sender's; `parameters.purpose`: `data`,
   * `input` or `output`.
   * @throws DomainError `adaptation-unsupported` with the step that failed
   */
  private async adapt(request: HostedRequest): Promise<HostedAnswer> {
    const { header, data } = request.envelope;
    if (header.connectionId === undefined) throw refused('/header/connectionId', 'is required: the connection whose plan is meant');
    const { twin = request.sender, purpose = data.object.type === 'data' ? 'data' : 'input' } = data.parameters ?? {};
    if (!isPurpose(purpose)) throw refused('/data/parameters/purpose', `must be one of ${FLOW_PURPOSES.join(', ')}`);
    const wish = { twin: parseTwinId(twin), feature: objectId(request), purpose, payload: request.payload };
    const { result, failure } = await this.trials.run(request.principal, parseConnectionId(header.connectionId), wish);
    if (failure === undefined) return { code: 'OK', payload: result };
    throw new DomainError('adaptation-unsupported', 'The payload cannot be adapted by the plan of the connection.', {
      pointer: '/data/payload',
      extensions: { failure },
    });
  }

  private async needs({ principal, sender, tx }: HostedRequest, needs: unknown): Promise<unknown> {
    const { twin } = await this.twins.patch(principal, sender, { needs }, {}, tx);
    return twin.profile.needs ?? [];
  }
}

function isPurpose(value: unknown): value is FlowPurpose {
  return FLOW_PURPOSES.some((purpose) => purpose === value);
}

function refused(pointer: string, detail: string): DomainError {
  return new DomainError('validation-failed', `${pointer} ${detail}.`, { pointer, errors: [{ pointer, detail }] });
}
