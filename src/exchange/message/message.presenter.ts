import type { FastifyReply } from 'fastify';
import type { DryRun } from '../match/dry-run.service.js';
import type { Receipt } from './acceptance.service.js';
import type { BatchOutcome, MessageReport, Submission } from './message-intake.service.js';

const JSON_TYPE = 'application/json; charset=utf-8';

/** What the sender of an accepted message is told, as JSON text: written member by member, because every message has one. */
export function receiptText({ messageId, sender, acceptedAt, deadline, receiverBackAt, payloadChecked, repeated }: Receipt): string {
  let text = `{"messageId":${JSON.stringify(messageId)},"sender":${JSON.stringify(sender)},"status":"ACCEPTED","acceptedAt":"${acceptedAt.toISOString()}"`;
  if (deadline !== undefined) text += `,"deadline":"${deadline.toISOString()}"`;
  if (receiverBackAt !== undefined) text += `,"receiverBackAt":"${receiverBackAt.toISOString()}"`;
  if (payloadChecked !== undefined) text += `,"payloadChecked":${payloadChecked}`;
  return `${text},"repeated":${repeated}}`;
}

/** 202 with the receipt, or 200 with the RESPONSE, whose delivery is settled once it is written. */
export function presentSubmission(reply: FastifyReply, { receipt, response, taken }: Submission): string {
  void reply.type(JSON_TYPE);
  if (receipt.traceparent !== undefined) void reply.header('traceparent', receipt.traceparent);
  if (response === undefined) {
    const location = `/v1/messages/${encodeURIComponent(receipt.messageId)}?sender=${encodeURIComponent(receipt.sender)}`;
    void reply.code(202).header('location', location);
    return receiptText(receipt);
  }
  void reply.code(200);
  const { socket } = reply.raw;
  reply.raw.once('finish', () => {
    // Who has hung up got nothing, although it was written: the answer goes to the inbox.
    if (socket === null || socket.destroyed) return;
    taken?.().catch((error: unknown) =>
      reply.log.warn({ err: error }, 'An answer given inline could not be settled; it will be delivered again.'),
    );
  });
  return response;
}

/** 200 with what sending would do. */
export function presentDryRun(reply: FastifyReply, dryRun: DryRun): string {
  void reply.code(200).type(JSON_TYPE);
  return JSON.stringify(dryRun);
}

/** 207 with one outcome a message. */
export function presentBatch(reply: FastifyReply, outcomes: readonly BatchOutcome[]): string {
  void reply.code(207).type(JSON_TYPE);
  const texts = outcomes.map((outcome) => ('receipt' in outcome ? receiptText(outcome.receipt) : JSON.stringify(outcome.problem)));
  return `[${texts.join(',')}]`;
}

/** A report as JSON text. */
export function reportText({ messageId, sender, acceptedAt, deadline, withdrawnAt, response }: MessageReport): string {
  const status = response !== undefined ? 'ANSWERED' : withdrawnAt !== undefined ? 'WITHDRAWN' : 'ACCEPTED';
  const head = JSON.stringify({ messageId, sender, status, acceptedAt, ...(deadline === null ? {} : { deadline }), withdrawnAt });
  return response === undefined ? head : `${head.slice(0, -1)},"response":${response}}`;
}
