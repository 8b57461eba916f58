import { Ajv, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { SchemaDialect } from './schema-dialect.js';
import type { SchemaNode } from './schema-document.js';
import { SchemaRefused } from './schema-refused.js';
import { tolerated } from './schema-tolerance.js';
import { addSafeKeywords } from './validator-keywords.js';
import { WorkBudget } from './work-budget.js';

const compiled = new Map<SchemaDialect, ValidateFunction>();
const unlimited = new WorkBudget();

/** Checks a schema, but for what is tolerated, against the meta-schema of its dialect, compiled once and shared. Throws {@link SchemaRefused} not-a-schema. */
export function checkAgainstMetaSchema({ schema, pointer }: Pick<SchemaNode, 'schema' | 'pointer'>, dialect: SchemaDialect): void {
  const validate = compiled.get(dialect) ?? compileMetaSchema(dialect);
  unlimited.start(Number.POSITIVE_INFINITY);
  if (validate(tolerated(schema, dialect))) return;
  const error = validate.errors?.[0];
  throw new SchemaRefused('not-a-schema', `${pointer}${error?.instancePath ?? ''}`, error?.message ?? 'not a valid schema');
}

function compileMetaSchema(dialect: SchemaDialect): ValidateFunction {
  const options = { strict: false, logger: false, validateFormats: false } as const;
  const validator = dialect.name === '2020-12' ? new Ajv2020(options) : new Ajv(options);
  addSafeKeywords(validator, unlimited);
  const validate = validator.getSchema(dialect.metaSchema);
  if (!validate) throw new Error(`the meta-schema of ${dialect.name} is missing`);
  compiled.set(dialect, validate);
  return validate;
}
