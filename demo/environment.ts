/** The environment as the demonstration's processes see it: twins and director are programs of their own and have no Config. */
// eslint-disable-next-line no-restricted-properties -- the one place in the demonstration that reads it
export const ENVIRONMENT: Readonly<NodeJS.ProcessEnv> = process.env;
