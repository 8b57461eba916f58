export declare const OFFERED: string;
export declare const NOT_INSTALLED: string;
/** Of the results of single tests, what is offered and has not run: direction and name. */
export declare function uncoveredOf(results: readonly object[]): string[];
