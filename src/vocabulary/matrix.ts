import type { Action, MessageType, ObjectType, Role } from './codes.js';

/** An action that may be performed on these objects, from one role to another. Grade P: ours. */
interface Rule {
  actions: readonly Action[];
  objects: readonly ObjectType[];
  directions: readonly (readonly [Role, Role])[];
}

const RULES: readonly Rule[] = [
  { actions: ['REGISTER', 'UPDATE', 'DEREGISTER'], objects: ['digitalTwin', 'feature', 'semanticTerm'], directions: [['DT', 'REGISTRY']] },
  { actions: ['REGISTER', 'UPDATE', 'DEREGISTER'], objects: ['adaptationProfile'], directions: [['DT', 'ADAPTOR']] },
  {
    actions: ['RETRIEVE'],
    objects: ['digitalTwin', 'feature'],
    directions: [
      ['DT', 'REGISTRY'],
      ['DT', 'DT'],
    ],
  },
  { actions: ['RETRIEVE'], objects: ['semanticTerm'], directions: [['DT', 'REGISTRY']] },
  { actions: ['RETRIEVE'], objects: ['data', 'federationStatus', 'communicationStatus'], directions: [['DT', 'DT']] },
  {
    actions: ['DISCOVER'],
    objects: ['digitalTwin', 'feature'],
    directions: [
      ['DT', 'REGISTRY'],
      ['REGISTRY', 'REGISTRY'],
    ],
  },
  { actions: ['REGISTER', 'DEREGISTER'], objects: ['federation'], directions: [['DT', 'ADAPTOR']] },
  {
    actions: ['CONNECT', 'DISCONNECT'],
    objects: ['connection'],
    directions: [
      ['DT', 'DT'],
      ['DT', 'ADAPTOR'],
    ],
  },
  { actions: ['CONNECT', 'DISCONNECT'], objects: ['federation'], directions: [['DT', 'DT']] },
  { actions: ['ACCEPT', 'REJECT'], objects: ['connection', 'federation'], directions: [['DT', 'DT']] },
  { actions: ['UPDATE'], objects: ['federation', 'connection'], directions: [['DT', 'DT']] },
  { actions: ['INVOKE'], objects: ['function'], directions: [['DT', 'DT']] },
  { actions: ['PROVIDE'], objects: ['data'], directions: [['DT', 'DT']] },
  {
    actions: ['SUBSCRIBE', 'UNSUBSCRIBE'],
    objects: ['data', 'federationStatus', 'communicationStatus'],
    directions: [['DT', 'DT']],
  },
  { actions: ['SUBSCRIBE', 'UNSUBSCRIBE'], objects: ['digitalTwin', 'feature'], directions: [['DT', 'REGISTRY']] },
  { actions: ['NOTIFY'], objects: ['data', 'function', 'federationStatus', 'communicationStatus'], directions: [['DT', 'DT']] },
  { actions: ['NOTIFY'], objects: ['digitalTwin', 'feature'], directions: [['REGISTRY', 'DT']] },
  { actions: ['ADAPT'], objects: ['data', 'function'], directions: [['DT', 'ADAPTOR']] },
];

/** One allowed combination, flat, as `GET /v1/vocabulary` shows it. */
export interface Combination {
  action: Action;
  object: ObjectType;
  from: Role;
  to: Role;
  messageType: Exclude<MessageType, 'RESPONSE'>;
}

/** PROVIDE and NOTIFY tell, everything else asks. */
export function messageTypeOf(action: Action): Exclude<MessageType, 'RESPONSE'> {
  return action === 'PROVIDE' || action === 'NOTIFY' ? 'NOTIFICATION' : 'REQUEST';
}

/** Every allowed combination of action, object and direction; any other is refused with ACTION_NOT_APPLICABLE. */
export const COMBINATIONS: readonly Combination[] = RULES.flatMap((rule) =>
  rule.actions.flatMap((action) =>
    rule.objects.flatMap((object) =>
      rule.directions.map(([from, to]) => ({ action, object, from, to, messageType: messageTypeOf(action) })),
    ),
  ),
);

const ALLOWED = new Set(COMBINATIONS.map(({ action, object, from, to }) => `${action} ${object} ${from} ${to}`));

/** Whether the action may be performed on the object in this direction. */
export function isApplicable(action: Action, object: ObjectType, from: Role, to: Role): boolean {
  return ALLOWED.has(`${action} ${object} ${from} ${to}`);
}
