import type { Provider, Type } from '@nestjs/common';
import { EventStreams } from '../../src/security/event-streams.js';
import { TokenVerifier } from '../../src/security/token-verifier.js';

/** What some modules declare, without what they import: a fixture puts the rest in their place. */
export function partsOf(...modules: Type[]): { providers: Provider[]; controllers: Type[] } {
  const declared = (key: 'providers' | 'controllers'): unknown[] =>
    modules.flatMap((module) => (Reflect.getMetadata(key, module) as unknown[] | undefined) ?? []);
  return { providers: declared('providers') as Provider[], controllers: declared('controllers') as Type[] };
}

/** Identity as far as these fixtures have one: every token holds, and streams are watched by it. */
export const IDENTITY: Provider[] = [{ provide: TokenVerifier, useValue: { verify: () => Promise.resolve() } }, EventStreams];
