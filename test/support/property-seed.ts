/** On CI properties are tried with the same cases each time: whether a change is taken must not be a matter of luck. At a desk each run tries others. */
const { CI, PROPERTY_SEED = CI === undefined ? undefined : '20261122' } = process.env;
if (PROPERTY_SEED !== undefined) {
  const { default: fc } = await import('fast-check');
  fc.configureGlobal({ seed: Number(PROPERTY_SEED) });
}

export {};
