import { hash } from 'node:crypto';
import type { NewLogRow } from '../../exchange/log/log-row.js';
import { streamChannel } from '../../exchange/log/log-row.js';
import { MAX_MESSAGE_BYTES } from '../../exchange/message/limits.js';
import { newRow } from '../../exchange/message/new-row.js';
import type { Envelope } from '../../vocabulary/envelope.js';
import { CURRENT_VERSION } from '../../vocabulary/vocabulary.js';
import type { View } from '../view/view.js';
import type { SlotContent } from './slot-rows.js';

/** A slot as it is published, as JSON text. */
export interface SlotText {
  readonly from: number;
  readonly to: number;
  readonly revision: number;
  readonly messageId: string;
  readonly text: string;
}

/** Room that a message needs beside its payload. */
const ENVELOPE_BYTES = 4_096;

/** Writes a slot. The id of its message follows from view, slot and revision, so that it cannot be published twice. */
export function slotText({ id, version, definition }: View, from: number, revision: number, content: SlotContent): SlotText {
  const to = from + definition.slotMs;
  const slot = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  const messageId = `view-${hash('sha256', id).slice(0, 24)}-${version}-${from}-${revision}`;
  return { from, to, revision, messageId, text: JSON.stringify({ view: id, version, slot, revision, ...content }) };
}

/** The NOTIFY of a slot, on the data feature of the view's host. A slot that is too large for a message goes without its rows, to be asked for. */
export function slotNotify({ definition }: View, slot: SlotText, now: number, retentionMs: number): NewLogRow {
  const { host, feature } = definition;
  const envelope: Envelope = {
    header: {
      messageId: slot.messageId,
      version: CURRENT_VERSION,
      messageType: 'NOTIFICATION',
      sender: { id: host, role: 'DT' },
      timestamp: new Date(now).toISOString(),
    },
    data: { action: 'NOTIFY', object: { type: 'data', id: feature }, observedAt: new Date(slot.to).toISOString() },
  };
  const text = Buffer.byteLength(slot.text) + ENVELOPE_BYTES > MAX_MESSAGE_BYTES ? withoutRows(slot.text) : slot.text;
  const message = { envelope, payload: { text, value: undefined }, fingerprint: hash('sha256', text, 'buffer'), hasOwnId: false };
  return newRow(message, { channel: streamChannel('feature', host, feature), retentionMs, isStream: true });
}

function withoutRows(text: string): string {
  const { missing: _missing, rows: _rows, ...rest } = JSON.parse(text) as SlotContent;
  return JSON.stringify({ ...rest, rows: [], missing: [], omitted: true });
}
