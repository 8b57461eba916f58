import type { VocabularyNames } from '../vocabulary.js';

/**
 * Vocabulary version 1.0: the names our own codes go by on the wire, and the other names that are understood on input. Official names of
 * Y.4605, once they are public, go into a file like this one. A code that is not listed goes by its own name.
 */
export const VOCABULARY_1_0: VocabularyNames = {
  version: '1.0',
  origin: 'ours (grade P): the enumerations of ITU-T Y.4605 are not public',
  actions: {},
  objects: {},
  aliases: {
    actions: { READ: 'RETRIEVE', QUERY: 'DISCOVER', CALL: 'INVOKE' },
    objects: { twin: 'digitalTwin', DigitalTwin: 'digitalTwin' },
  },
};
