import type { ProfiledFeature, ProfiledNeed } from './adaptation-plan.js';
import { CONFIDENCE, type Meanings } from './meanings.js';
import type { MatchedBy } from './property-matcher.js';
import { refusalOf } from './unbridged.js';

/** The need that a feature serves, and how sure that is. */
export interface ChosenNeed {
  readonly need: ProfiledNeed;
  readonly by: MatchedBy;
  readonly confidence: number;
}

/**
 * Which of the peer's needs a feature serves: by their terms; by equal names where one of them has no term. Undefined: none, the peer takes it as it is.
 * @throws DomainError `semantic-unresolved` when it may be any of several
 */
export async function chooseNeed(
  twin: string,
  feature: ProfiledFeature,
  needs: readonly ProfiledNeed[],
  meanings: Meanings,
): Promise<ChosenNeed | undefined> {
  const found: ChosenNeed[] = [];
  for (const need of needs.filter(({ kind }) => kind === feature.kind)) {
    const how = await relate(feature, need, meanings);
    if (how !== undefined) found.push({ need, ...how });
  }
  const most = Math.max(0, ...found.map(({ confidence }) => confidence));
  const best = found.filter(({ confidence }) => confidence === most);
  const [only, second] =
    best.length > 1 && best.some(({ need }) => need.name === feature.name) ? best.filter(({ need }) => need.name === feature.name) : best;
  if (second === undefined) return only;
  const detail = `${feature.name} may serve any of several needs`;
  const candidates = best.map(({ need }) => need.name);
  throw refusalOf({ twin, feature: feature.name, purpose: feature.kind === 'data' ? 'data' : 'input' }, [
    { code: 'semantic-unresolved', step: 'match', at: [], detail, candidates },
  ]);
}

async function relate(feature: ProfiledFeature, need: ProfiledNeed, meanings: Meanings): Promise<Omit<ChosenNeed, 'need'> | undefined> {
  const { semanticType: offered } = feature;
  const { semanticType: wanted } = need;
  if (offered !== undefined && wanted !== undefined) {
    const by = await meanings.relation(offered, wanted);
    return by === undefined ? undefined : { by, confidence: CONFIDENCE[by] };
  }
  return feature.name === need.name ? { by: 'name', confidence: CONFIDENCE.name } : undefined;
}
