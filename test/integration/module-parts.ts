import type { Provider, Type } from '@nestjs/common';

/** What some modules declare, without what they import: a fixture puts the rest in their place. */
export function partsOf(...modules: Type[]): { providers: Provider[]; controllers: Type[] } {
  const declared = (key: 'providers' | 'controllers'): unknown[] =>
    modules.flatMap((module) => (Reflect.getMetadata(key, module) as unknown[] | undefined) ?? []);
  return { providers: declared('providers') as Provider[], controllers: declared('controllers') as Type[] };
}
