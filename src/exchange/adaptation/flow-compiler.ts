import type { AdaptationFlow } from '../../adaptor/plan/adaptation-plan.js';
import type { CompiledFlow } from '../../adaptor/plan/compiled-flow.js';

/** Makes flows ready to run. */
export interface FlowCompiler {
  compile(flow: AdaptationFlow): CompiledFlow | Promise<CompiledFlow>;
}

/** Injection token of {@link FlowCompiler}. */
export const FLOW_COMPILER = Symbol('FLOW_COMPILER');
