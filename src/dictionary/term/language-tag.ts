/**
 * The canonical form of a BCP 47 language tag (`EN-us` gives `en-US`); undefined when it is none. Private-use tags that begin with `x-` are not
 * taken: nobody else could read them.
 */
export function readLanguageTag(tag: string): string | undefined {
  if (tag.length > 35) return undefined;
  try {
    return Intl.getCanonicalLocales(tag)[0];
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
