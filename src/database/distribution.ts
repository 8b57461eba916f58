/**
 * How the schema is spread over machines by Citus (`npm run db:distribute`), and what every table therefore has to hold to: unique keys contain the
 * distribution column, foreign keys stay among tables that lie together. A test checks the schema against these lists, so that it stays ready.
 */

/** Hot tables and the column by which their rows are spread. What one statement of the hot path reads or settles lies on one shard. */
export const DISTRIBUTED_TABLES: Readonly<Record<string, string>> = {
  acceptance: 'sender',
  answer: 'requester',
  answer_taken: 'requester',
  audit_entry: 'chain',
  carried_value: 'channel',
  dead_letter: 'receiver',
  dead_letter_loss: 'receiver',
  inbox_observer: 'receiver',
  inbox_setting: 'receiver',
  inbox_state: 'receiver',
  match_attempt: 'requester',
  match_request: 'requester',
  message_link: 'cause',
  message_log: 'channel',
  subscription: 'subscriber',
  twin_lease: 'twin_id',
  view_slot: 'view_id',
  withdrawal: 'receiver',
};

/** Small tables that every machine holds whole: registry, dictionary, federations. */
export const REFERENCE_TABLES: readonly string[] = [
  'alignment_view',
  'candidate',
  'candidate_set',
  'connection',
  'connection_plan',
  'connection_proposal',
  'credential',
  'federation',
  'federation_identifier',
  'federation_member',
  'incident_right',
  'organization',
  'search_word',
  'shared_schema',
  'standing_match',
  'standing_query',
  'term',
  'term_name',
  'term_relation',
  'term_version',
  'twin',
  'twin_absence',
  'twin_assembly',
  'twin_circle',
  'twin_maintenance',
  'twin_part',
  'twin_search',
  'twin_set',
  'twin_set_member',
  'twin_source',
  'twin_transfer',
  'twin_transfer_consent',
  'twin_version',
  'vocabulary',
];

/** Tables that stay on the coordinator: the brokers' own book-keeping, and the change feed, whose order is that of one place. */
export const COORDINATOR_TABLES: readonly string[] = [
  'broker',
  'bulk_load',
  'delivery_endpoint',
  'delivery_key',
  'domain_event',
  'event_consumer',
  'inbound_binding',
  'incident_use',
  'log_epoch',
  'notification_address',
  'open_stream',
  'organization_offboarding',
  'outbound_lease',
  'replay_job',
  'schema_migration',
  'segment',
  'signing_key',
  'standing_notification',
  'view_lease',
  'view_state',
  'wire_credential',
];

/** The statements that distribute the schema, in their order; each may be repeated only on a table that is not distributed yet. */
export function distributionStatements(): { table: string; sql: string }[] {
  return [
    ...REFERENCE_TABLES.map((table) => ({ table, sql: `SELECT create_reference_table('${table}')` })),
    ...Object.entries(DISTRIBUTED_TABLES).map(([table, column]) => ({
      table,
      // Text columns hash alike: equal names of the column's type lie together.
      sql: `SELECT create_distributed_table('${table}', '${column}', colocate_with => 'none')`,
    })),
  ];
}
