import { type Action, ACTIONS, OBJECT_TYPES, type ObjectType } from './codes.js';
import { VOCABULARY_1_0 } from './versions/1.0.js';

/** The names of one vocabulary version: data, no code. */
export interface VocabularyNames {
  version: string;
  /** Where the names come from, with the grade of that knowledge. */
  origin: string;
  /** Name on the wire by code, where it differs from the code. */
  actions: Partial<Record<Action, string>>;
  objects: Partial<Record<ObjectType, string>>;
  /** Other names understood on input. */
  aliases: { actions: Record<string, Action>; objects: Record<string, ObjectType> };
}

/** Reads and writes the names of one vocabulary version. */
export class Vocabulary {
  private readonly actionByName: ReadonlyMap<string, Action>;
  private readonly objectByName: ReadonlyMap<string, ObjectType>;

  constructor(readonly names: VocabularyNames) {
    this.actionByName = new Map([
      ...Object.entries(names.aliases.actions),
      ...ACTIONS.map((action) => [names.actions[action] ?? action, action] as const),
    ]);
    this.objectByName = new Map([
      ...Object.entries(names.aliases.objects),
      ...OBJECT_TYPES.map((object) => [names.objects[object] ?? object, object] as const),
    ]);
  }

  /** The action of this name, or undefined. */
  action(name: string): Action | undefined {
    return this.actionByName.get(name);
  }

  /** The object type of this name, or undefined. */
  objectType(name: string): ObjectType | undefined {
    return this.objectByName.get(name);
  }
}

/** The vocabulary versions this broker speaks, newest first. */
export const VOCABULARIES: readonly Vocabulary[] = [new Vocabulary(VOCABULARY_1_0)];

/** The version a message of ours carries. */
export const CURRENT_VERSION = VOCABULARY_1_0.version;

/** The vocabulary of a version, or undefined when this broker does not speak it. */
export function vocabularyOf(version: string): Vocabulary | undefined {
  return VOCABULARIES.find((vocabulary) => vocabulary.names.version === version);
}
