import { canonicalJson } from '../kernel/canonical-json.js';
import { DomainError, type ProblemPlace } from '../problems/domain-error.js';
import { parseDto } from '../problems/dto-validation.js';
import { TwinProfileDto } from './dto/twin-profile.dto.js';
import { toTwinDto } from './dto/twin.dto.js';
import { mergePatch } from '../kernel/merge-patch.js';
import { findUnstorable } from './storable-json.js';
import type { TwinRecord } from './twin.js';

const READ_ONLY = ['id', 'owner', 'status', 'version', 'presence', 'maintenance', 'createdAt', 'updatedAt'] as const;
const READ_ONLY_OF_LEASE = ['renewedAt', 'expiresAt'] as const;

type Members = Record<string, unknown>;

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function same(a: unknown, b: unknown): boolean {
  return a === undefined || b === undefined ? a === b : canonicalJson(a) === canonicalJson(b);
}

/** Removes what is read-only from `merged`, noting what was to be changed. */
function takeReadOnly(merged: Members, shown: Members, names: readonly string[], pointer: string, places: ProblemPlace[]): Members {
  for (const name of names) {
    if (!same(merged[name], shown[name])) places.push({ pointer: `${pointer}/${name}`, detail: 'is read-only' });
  }
  return Object.fromEntries(Object.entries(merged).filter(([name]) => !names.includes(name)));
}

/**
 * The profile after an RFC 7396 merge patch of the twin as it is shown, so that a client may send back what it read. The whole is validated as a
 * registration would be.
 * @throws DomainError `validation-failed`
 */
export function mergeIntoTwin(twin: TwinRecord, patch: unknown): { dto: TwinProfileDto; touchesLease: boolean } {
  if (!isObject(patch)) throw refusal([{ pointer: '', detail: 'must be a JSON object holding a merge patch' }]);
  const unstorable = findUnstorable(patch);
  if (unstorable) throw refusal([unstorable]);
  const shown: Members = { ...toTwinDto(twin) };
  const merged = mergePatch(shown, patch) as Members;
  const places: ProblemPlace[] = [];
  const profile = takeReadOnly(merged, shown, READ_ONLY, '', places);
  if (isObject(profile.lease)) {
    const lease = isObject(shown.lease) ? shown.lease : {};
    profile.lease = takeReadOnly(profile.lease, lease, READ_ONLY_OF_LEASE, '/lease', places);
    // The usual tolerance is shown as a number but follows the time to live.
    if (isObject(patch.lease) && Object.hasOwn(patch.lease, 'ttlSeconds') && !Object.hasOwn(patch.lease, 'toleranceSeconds')) {
      profile.lease = Object.fromEntries(Object.entries(profile.lease as Members).filter(([name]) => name !== 'toleranceSeconds'));
    }
  }
  if (places.length > 0) throw refusal(places);
  return { dto: parseDto(TwinProfileDto, profile), touchesLease: Object.hasOwn(patch, 'lease') };
}

function refusal(errors: ProblemPlace[]): DomainError {
  const first = errors[0];
  return new DomainError('validation-failed', `${first?.pointer || 'The patch'} ${first?.detail ?? 'is not valid'}.`, {
    pointer: first?.pointer,
    errors,
  });
}
