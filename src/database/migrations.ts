import { CreateDatabase1763700000000 } from '../../migrations/1763700000000-create-database.js';
import { CreateSecurity1763700001000 } from '../../migrations/1763700001000-create-security.js';
import { CreateRegistry1763700002000 } from '../../migrations/1763700002000-create-registry.js';
import { CreateFederation1763700003000 } from '../../migrations/1763700003000-create-federation.js';
import { CreateExchange1763700004000 } from '../../migrations/1763700004000-create-exchange.js';

/** Every migration in order, listed by hand so that the build and the tests see the same ones. */
export const MIGRATIONS = [
  CreateDatabase1763700000000,
  CreateSecurity1763700001000,
  CreateRegistry1763700002000,
  CreateFederation1763700003000,
  CreateExchange1763700004000,
];
