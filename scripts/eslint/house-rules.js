/** Rules of this house that no plugin offers. */

const DISABLE = /^\s*eslint-(?:disable|enable)/;

/** A rule that is switched off in place says why: `// eslint-disable-next-line rule -- reason`. */
const disableReason = {
  meta: { type: 'suggestion', schema: [], messages: { missing: 'Say why after two hyphens: eslint-disable-next-line rule -- reason' } },
  create: (context) => ({
    Program() {
      for (const comment of context.sourceCode.getAllComments()) {
        if (DISABLE.test(comment.value) && comment.value.includes('disable') && !/\s--\s+\S{3,}/.test(comment.value)) {
          context.report({ loc: comment.loc, messageId: 'missing' });
        }
      }
    },
  }),
};

/** Kebab-case names that say what is inside. */
const fileName = {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: {
      vague: '"{{name}}" says nothing about what is inside: name the purpose.',
      barrel: 'No barrels: import from the file that defines a thing.',
      shape: '"{{name}}" is not kebab-case with dotted role suffixes.',
    },
  },
  create: (context) => ({
    Program(node) {
      const name = context.filename.split(/[\\/]/).at(-1) ?? '';
      const words = name.replace(/\.[cm]?[jt]s$/, '').split(/[.-]/);
      if (words[0] === 'index') context.report({ node, messageId: 'barrel' });
      if (words.some((word) => /^(utils?|commons?|helpers?|managers?|misc)$/.test(word)))
        context.report({ node, messageId: 'vague', data: { name } });
      if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*\.[cm]?[jt]s$/.test(name))
        context.report({ node, messageId: 'shape', data: { name } });
    },
  }),
};

export const houseRules = { rules: { 'disable-reason': disableReason, 'file-name': fileName } };
