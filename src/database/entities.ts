import type { MixedList, EntitySchema } from 'typeorm';

/** Every TypeORM entity, listed by hand: the drift test compares them with what the migrations build. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- TypeORM's own type for entity classes
export const ENTITIES: MixedList<Function | string | EntitySchema> = [];
