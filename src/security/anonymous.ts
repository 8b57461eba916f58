import { type CustomDecorator, SetMetadata } from '@nestjs/common';
import type { Config } from '../config/config.js';

/** Metadata key of {@link Anonymous}. */
export const ANONYMOUS = 'twinfed:anonymous';

/** Decides from the configuration whether a route is open. */
export type AnonymousWhen = (config: Config) => boolean;

/** Marks a controller or method that answers without a token; with a condition, only when the configuration says so. */
export function Anonymous(when: AnonymousWhen = () => true): CustomDecorator {
  return SetMetadata(ANONYMOUS, when);
}
