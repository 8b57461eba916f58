/**
 * The closed unions of the information exchange model. Y.4605 says that a message carries actions performed on objects (grade S); the
 * enumerations are not public, so these lists are ours (grade P). On the wire they go by the names of the message's vocabulary version
 * (see versions/), so that official names can be put in without touching code.
 */

/** What a sender asks for, or tells. */
export const ACTIONS = [
  'REGISTER',
  'UPDATE',
  'DEREGISTER',
  'RETRIEVE',
  'DISCOVER',
  'CONNECT',
  'DISCONNECT',
  'ACCEPT',
  'REJECT',
  'INVOKE',
  'PROVIDE',
  'SUBSCRIBE',
  'UNSUBSCRIBE',
  'NOTIFY',
  'ADAPT',
] as const;
/** What a sender asks for, or tells. */
export type Action = (typeof ACTIONS)[number];

/** What an action is performed on. */
export const OBJECT_TYPES = [
  'digitalTwin',
  'feature',
  'semanticTerm',
  'adaptationProfile',
  'data',
  'function',
  'federation',
  'connection',
  'federationStatus',
  'communicationStatus',
] as const;
/** What an action is performed on. */
export type ObjectType = (typeof OBJECT_TYPES)[number];

/** Who takes part: a digital twin, the registry, the communication adaptor (component names of Y.4489, grade S). */
export const ROLES = ['DT', 'REGISTRY', 'ADAPTOR'] as const;
/** Who takes part. */
export type Role = (typeof ROLES)[number];

/** A REQUEST gets exactly one RESPONSE; a NOTIFICATION gets none. */
export const MESSAGE_TYPES = ['REQUEST', 'RESPONSE', 'NOTIFICATION'] as const;
/** A REQUEST gets exactly one RESPONSE; a NOTIFICATION gets none. */
export type MessageType = (typeof MESSAGE_TYPES)[number];

/** Urgency, most urgent first. A lower lane still moves while a higher one is busy. */
export const LANES = ['incident', 'normal', 'bulk'] as const;
/** Urgency of a message. */
export type Lane = (typeof LANES)[number];
