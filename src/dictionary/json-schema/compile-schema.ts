import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { MAX_VIOLATIONS, type CompiledSchema, type SchemaViolation } from './compiled-schema.js';
import { checkAgainstMetaSchema } from './meta-schema.js';
import { isPlainObject, measureSchema } from './schema-bounds.js';
import { dialectOf } from './schema-dialect.js';
import { SchemaDocument, unresolvable } from './schema-document.js';
import { resolveReferences } from './schema-graph.js';
import { MissingDocuments, type SchemaLibrary } from './schema-library.js';
import { planSchema, type SchemaPlan } from './schema-plan.js';
import { SchemaRefused } from './schema-refused.js';
import { checkedFormats } from './validator-formats.js';
import { addSafeKeywords } from './validator-keywords.js';
import { WorkBudget, WorkExceeded } from './work-budget.js';

/** Work that checking one payload may take; see WorkBudget for the unit. */
export const MAX_WORK = 5_000_000;
/** Work that may be spent, after a payload was found not to fit, on finding all that is wrong rather than the first thing. */
const MAX_DETAIL_WORK = 10_000;

/**
 * Compiles a JSON Schema (2020-12, or draft-07 when `$schema` says so) that comes from someone who is not trusted.
 *
 * 1. Its size and depth are bounded, then it is checked against its meta-schema.
 * 2. References are resolved here, inside the document and among the shared schemas it is given; nothing is fetched. Endless and explosive ones are
 *    refused.
 * 3. It is rewritten: annotations and unknown keywords fall away, `$id` and anchors too, patterns become programs of a linear-time engine.
 * 4. The validator (ajv) compiles the rewritten schema in an instance of its own, so that no two schemas ever meet.
 *
 * Known gap, the validator's: `unevaluatedProperties` beside keywords that evaluate by pattern or condition lets members pass that are called as
 * something every object inherits (`constructor`, `toString`); and nested in several alternatives it may fail at a value, which is then refused.
 *
 * Throws {@link SchemaRefused} with any of its reasons.
 */
export function compileSchema(schema: unknown): CompiledSchema {
  try {
    return compileIn({ root: readSchema(schema), find: () => undefined });
  } catch (error) {
    if (!(error instanceof MissingDocuments)) throw error;
    const [first] = error.missing;
    throw unresolvable(first?.place ?? '', first?.reference ?? '', 'is not part of this schema, and nothing is fetched');
  }
}

/**
 * Checks one document by itself: bounds, dialect, meta-schema, names. Throws {@link SchemaRefused}.
 * `address` and `prefix` are those of {@link SchemaDocument}, for a shared schema.
 */
export function readSchema(schema: unknown, address?: string, prefix = ''): SchemaDocument {
  measureSchema(schema);
  if (typeof schema !== 'boolean' && !isPlainObject(schema))
    throw new SchemaRefused('not-a-schema', prefix, 'a schema is an object or a boolean');
  const dialect = dialectOf(schema, prefix);
  checkAgainstMetaSchema({ schema, pointer: prefix }, dialect);
  return new SchemaDocument(schema, dialect, (stray) => checkAgainstMetaSchema(stray, dialect), address, prefix);
}

/** Compiles the root of a library. Throws {@link SchemaRefused}, and {@link MissingDocuments} when it refers to some that are not in it. */
export function compileIn(library: SchemaLibrary): CompiledSchema {
  return new PlannedValidator(planSchema(resolveReferences(library)));
}

class PlannedValidator implements CompiledSchema {
  private readonly budget = new WorkBudget();
  private readonly check: ValidateFunction;
  /** Collects every error. Compiled when a payload does not fit for the first time. */
  private checkInDetail: ValidateFunction | undefined;

  constructor(private readonly plan: SchemaPlan) {
    this.check = compilePlan(plan, this.budget, false);
  }

  validate(payload: unknown): SchemaViolation[] {
    try {
      this.budget.start(MAX_WORK);
      if (this.check(payload)) return [];
    } catch (error) {
      return [violationOf(error)];
    }
    const first = (this.check.errors ?? []).slice(0, MAX_VIOLATIONS).map(describe);
    this.check.errors = null;
    return this.inDetail(payload) ?? first;
  }

  private inDetail(payload: unknown): SchemaViolation[] | undefined {
    try {
      const check = (this.checkInDetail ??= compilePlan(this.plan, this.budget, true));
      this.budget.start(MAX_DETAIL_WORK);
      check(payload);
      const violations = (check.errors ?? []).slice(0, MAX_VIOLATIONS).map(describe);
      check.errors = null;
      return violations.length > 0 ? violations : undefined;
    } catch (error) {
      if (isUncheckable(error) || error instanceof SchemaRefused) return undefined;
      throw error;
    }
  }
}

function compilePlan(plan: SchemaPlan, budget: WorkBudget, allErrors: boolean): ValidateFunction {
  const options = {
    allErrors,
    strict: false,
    strictNumbers: true,
    logger: false,
    meta: false,
    validateSchema: false,
    addUsedSchema: false,
    inlineRefs: false,
    ownProperties: true,
    multipleOfPrecision: 9,
    formats: checkedFormats(budget),
    // The optimizer takes longer than it saves on schemas of this size.
    code: { optimize: false, regExp: patternSource(plan, budget) },
  } as const;
  const validator = new Ajv2020(options);
  // Without those keywords, nothing need keep track of what was evaluated, and `anyOf` may stop at the first that fits.
  validator.opts.unevaluated = plan.tracksEvaluated;
  addSafeKeywords(validator, budget);
  try {
    for (const [name, definition] of plan.definitions) validator.addSchema(definition, name);
    // Backwards, so that most references find their target compiled: compiling a chain of them from its head recurses as deep as it is long.
    for (const name of [...plan.definitions.keys()].reverse()) validator.getSchema(name);
    return validator.compile(plan.root);
  } catch (error) {
    if (error instanceof RangeError) throw new SchemaRefused('too-large', '', 'the schema is too large to be compiled', { cause: error });
    throw new SchemaRefused('does-not-compile', '', (error as Error).message, { cause: error });
  }
}

/** What the validator takes for `new RegExp`. It tells patterns apart by `toString`. */
function patternSource(plan: SchemaPlan, budget: WorkBudget) {
  const source = (pattern: string) => {
    const compiled = plan.patterns.get(pattern);
    if (!compiled) throw new Error(`the pattern ${pattern} was not compiled`);
    return {
      toString: () => pattern,
      test: (text: string): boolean => {
        budget.spendOnText(text.length, compiled.size);
        return compiled.test(text);
      },
    };
  };
  return Object.assign(source, { code: 'linearPattern' });
}

/** Whether the value is too much for the validator, or the code that it wrote for the schema fails at it. */
function isUncheckable(error: unknown): boolean {
  return error instanceof WorkExceeded || error instanceof RangeError || error instanceof TypeError;
}

function violationOf(error: unknown): SchemaViolation {
  if (error instanceof WorkExceeded) return { pointer: '', detail: 'the value is too large to be checked against this schema' };
  if (error instanceof RangeError) return { pointer: '', detail: 'the value is nested too deeply to be checked against this schema' };
  if (isUncheckable(error)) return { pointer: '', detail: 'the validator cannot check the value against this schema' };
  throw error;
}

function describe({ instancePath, message, keyword, params }: ErrorObject): SchemaViolation {
  const extra: unknown =
    keyword === 'additionalProperties'
      ? params.additionalProperty
      : keyword === 'unevaluatedProperties'
        ? params.unevaluatedProperty
        : undefined;
  const detail = (message ?? keyword) + (typeof extra === 'string' ? `: ${JSON.stringify(extra)}` : '');
  return { pointer: instancePath.slice(0, 1_000), detail: detail.length <= 500 ? detail : `${detail.slice(0, 500)}…` };
}
