/**
 * Which folder of src may import which (besides itself): imports run one way. `faces` may read what features export; the files
 * directly in src/ are the composition root and see everything. eslint.config.js turns this table into lint errors.
 */
const BASE = ['kernel', 'vocabulary', 'problems', 'config', 'database', 'security'];
const FEATURES = ['dictionary', 'registry', 'adaptor', 'discovery', 'federation', 'exchange', 'alignment'];

export const LAYERS = {
  kernel: [],
  vocabulary: ['kernel'],
  problems: ['kernel', 'vocabulary'],
  config: ['kernel', 'problems'],
  database: ['kernel', 'vocabulary', 'problems', 'config', 'migrations'],
  security: ['kernel', 'vocabulary', 'problems', 'config', 'database'],
  dictionary: BASE,
  registry: [...BASE, 'dictionary'],
  adaptor: [...BASE, 'dictionary'],
  discovery: [...BASE, 'dictionary', 'registry'],
  federation: [...BASE, 'dictionary', 'registry', 'adaptor', 'discovery'],
  exchange: [...BASE, 'dictionary', 'registry', 'adaptor', 'discovery', 'federation'],
  alignment: [...BASE, 'dictionary', 'registry', 'adaptor', 'discovery', 'federation', 'exchange'],
  faces: [...BASE, ...FEATURES],
  root: [...BASE, ...FEATURES, 'faces'],
  migrations: [],
};
