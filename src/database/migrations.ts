import { CreateDatabase1763700000000 } from '../../migrations/1763700000000-create-database.js';

/** Every migration in order, listed by hand so that the build and the tests see the same ones. */
export const MIGRATIONS = [CreateDatabase1763700000000];
