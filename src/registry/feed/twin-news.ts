import type { TwinProfile, TwinRecord } from '../twin.js';
import { featureNews } from './feature-news.js';

/** What the event of an update says beside what the database adds: who could see the twin before, if others than now, and its features. */
export function updateNews(before: TwinProfile, after: TwinProfile): Record<string, unknown> {
  return {
    features: featureNews(before.features, after.features),
    ...(before.access === after.access ? {} : { previousAccess: before.access }),
  };
}

/** What the event of a deregistration says: the tables say nothing of the twin any more. */
export function departureNews({ owner, profile }: TwinRecord, circles: readonly string[]): Record<string, unknown> {
  return { owner, domain: profile.domain, access: profile.access, circles, features: featureNews(profile.features, []) };
}
