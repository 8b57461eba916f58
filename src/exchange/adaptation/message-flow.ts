import type { AdaptationFlow, AdaptationPlan } from '../../adaptor/plan/adaptation-plan.js';
import type { Envelope } from '../../vocabulary/envelope.js';
import { isSuccess } from '../../vocabulary/status.js';

/** Which flow a message goes by: of whose feature, on which way. */
export interface FlowKey {
  readonly twin: string;
  readonly name: string;
  readonly purpose: AdaptationFlow['purpose'];
}

/**
 * The flow of a message that goes to `receiver` over a connection; undefined for what no plan speaks of: progress, statuses, failures, requests for data.
 */
export function flowOfMessage({ header, data }: Envelope, receiver: string): FlowKey | undefined {
  const { action, object, status } = data;
  const name = object.id;
  if (name === undefined) return undefined;
  const sender = header.sender.id;
  if (header.messageType === 'RESPONSE') {
    if (status === undefined || !isSuccess(status.code)) return undefined;
    if (action === 'INVOKE') return { twin: sender, name, purpose: 'output' };
    return action === 'RETRIEVE' && object.type === 'data' ? { twin: sender, name, purpose: 'data' } : undefined;
  }
  if (action === 'INVOKE') return { twin: receiver, name, purpose: 'input' };
  const isTold = (action === 'PROVIDE' || action === 'NOTIFY') && object.type === 'data';
  return isTold ? { twin: sender, name, purpose: 'data' } : undefined;
}

/** The flow in a plan; undefined when it has none, so that the payload passes. */
export function flowIn(plan: AdaptationPlan, { twin, name, purpose }: FlowKey): AdaptationFlow | undefined {
  const kind = purpose === 'data' ? 'data' : 'function';
  const feature = plan.features.find((each) => each.twin === twin && each.kind === kind && each.name === name);
  return feature?.flows?.find((flow) => flow.purpose === purpose);
}
