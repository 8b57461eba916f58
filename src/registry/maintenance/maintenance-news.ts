import type { Transaction } from '../../database/unit-of-work.js';
import type { MaintenanceTurn } from './maintenance.repository.js';

/** What can happen to a twin's maintenance: only its plan, or the window that runs. */
export const MAINTENANCE_CHANGES = ['scheduled', 'started', 'changed', 'ended'] as const;
export type MaintenanceChange = (typeof MAINTENANCE_CHANGES)[number];

/** What a turn changed; undefined when a window runs as before, or still none. */
export function changeOf({ wasSince, wasUntil, wasReason, since, until, reason }: MaintenanceTurn): MaintenanceChange | undefined {
  if (until === null) return wasUntil === null ? undefined : 'ended';
  if (wasUntil === null) return 'started';
  const same = since?.getTime() === wasSince?.getTime() && until.getTime() === wasUntil.getTime() && reason === wasReason;
  return same ? undefined : 'changed';
}

/** Records `twin.maintenance-changed`. */
export function tellMaintenance(tx: Transaction, { id, since, until, reason }: MaintenanceTurn, change: MaintenanceChange): void {
  const running =
    since === null || until === null ? {} : { from: since.toISOString(), to: until.toISOString(), ...(reason === null ? {} : { reason }) };
  tx.record({ kind: 'twin.maintenance-changed', subject: id, data: { change, ...running } });
}
